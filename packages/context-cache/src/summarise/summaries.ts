/** The three questions that are asked of code and of tasks, with the answers that need no model. */
import { z } from 'zod';
import { estimateTokens } from '../tokens/estimator.ts';
import { largestFitting } from '../build/fit.ts';
import { declarationLines, firstComment, functionNames, importedModules, sampleSource, sideEffects } from './extract-outline.ts';
import { defineSignature, type Signature } from './signature.ts';

export interface ModuleSummaryInput {
  readonly name: string;
  readonly source: string;
  readonly testResults: readonly string[];
  readonly iterations: readonly string[];
}
export interface ModuleSummary {
  /** One line. */
  readonly purpose: string;
  readonly dependencies: readonly string[];
  readonly functions: readonly string[];
  readonly decisions: readonly string[];
  /** At most 200 tokens. */
  readonly summary: string;
}
export interface FunctionSummaryInput {
  readonly name: string;
  readonly source: string;
  readonly dependencies: readonly string[];
}
export interface FunctionSummary {
  readonly purpose: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly sideEffects: readonly string[];
  /** At most 100 tokens. */
  readonly summary: string;
}
export interface TaskSummaryInput {
  readonly taskId: string;
  readonly requirements: string;
  readonly plan: string;
  readonly moduleResults: readonly { readonly module: string; readonly passed: boolean; readonly note: string }[];
}
export interface TaskSummary {
  readonly goal: string;
  readonly status: 'done' | 'partly done' | 'failed' | 'not started';
  readonly modules: readonly string[];
  /** From 0 to 1. */
  readonly successRate: number;
  /** At most 100 tokens. */
  readonly summary: string;
}

const line = z.string().transform((text) => text.replaceAll(/\s+/gu, ' ').trim());
const lines = z.array(line).transform((each) => [...new Set(each.filter((text) => text !== ''))]);
const upTo = (tokens: number): z.ZodType<string> => z.string().transform((text) => cutToTokens(text, tokens));
const source = z.string().transform((text) => sampleSource(text, maxSourceCharacters));

/** Longer sources are sampled: beginning, end, declarations. */
const maxSourceCharacters = 24_000;

export const moduleSummary: Signature<ModuleSummaryInput, ModuleSummary> = defineSignature<ModuleSummaryInput, ModuleSummary>({
  name: 'module-summary',
  version: 1,
  input: z.object({ name: z.string(), source, testResults: z.array(z.string()).default([]), iterations: z.array(z.string()).default([]) }),
  output: z.object({ purpose: line, dependencies: lines, functions: lines, decisions: lines, summary: upTo(200) }),
  instructions:
    'Summarise the module. purpose: one line. dependencies: the modules it imports. functions: the names of what it exports. decisions: choices that its source, tests or history show. summary: at most 200 tokens.',
  isTrivial: isWithoutCode,
  deterministic: ({ name, source: code, testResults, iterations }) => {
    if (isWithoutCode({ source: code })) return { purpose: `${name}: no code yet`, dependencies: [], functions: [], decisions: [], summary: `Module ${name} has no code yet.` };
    const [dependencies, functions] = [importedModules(code), functionNames(code)];
    const purpose = oneLine(firstComment(code)) || `Defines ${functions.slice(0, 5).join(', ') || name}`;
    const decisions = lastOf(iterations, 3).map(oneLine);
    const parts = [`Module ${name}. ${purpose}`, ...labelled('Uses', dependencies), ...labelled('Tests', lastOf(testResults, 3)), `Declares: ${declarationLines(code).join('; ')}`];
    return { purpose, dependencies, functions, decisions, summary: cutToTokens(parts.map(oneLine).join('\n'), 200) };
  },
});

export const functionSummary: Signature<FunctionSummaryInput, FunctionSummary> = defineSignature<FunctionSummaryInput, FunctionSummary>({
  name: 'function-summary',
  version: 1,
  input: z.object({ name: z.string(), source, dependencies: z.array(z.string()).default([]) }),
  output: z.object({ purpose: line, inputs: line, outputs: line, sideEffects: lines, summary: upTo(100) }),
  instructions: 'Summarise the function. purpose: one line. inputs and outputs: with their types. sideEffects: what it changes or reaches outside itself. summary: at most 100 tokens.',
  isTrivial: isWithoutCode,
  deterministic: ({ name, source: code, dependencies }) => {
    if (isWithoutCode({ source: code })) return { purpose: `${name}: no code yet`, inputs: '', outputs: '', sideEffects: [], summary: `Function ${name} has no code yet.` };
    const header = oneLine(code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gmu, '')).split(/\{|=>/u, 1).join('').trim();
    const inputs = /\((.*)\)/u.exec(header)?.[1] ?? '';
    const outputs = /\)\s*:\s*(.+)$/u.exec(header)?.[1] ?? (/\breturn\b/u.test(code) ? 'a value' : 'nothing');
    const effects = sideEffects(code);
    const purpose = oneLine(firstComment(code)) || `Function ${name}`;
    const parts = [purpose, header, ...labelled('Uses', dependencies), ...labelled('Effects', effects)];
    return { purpose, inputs: inputs || 'nothing', outputs, sideEffects: effects, summary: cutToTokens(parts.join('\n'), 100) };
  },
});

const taskOutput = z.object({
  goal: line,
  status: z.enum(['done', 'partly done', 'failed', 'not started']),
  modules: lines,
  successRate: z.number().min(0).max(1),
  summary: upTo(100),
});

export const taskSummary: Signature<TaskSummaryInput, TaskSummary> = defineSignature<TaskSummaryInput, TaskSummary>({
  name: 'task-summary',
  version: 1,
  input: z.object({
    taskId: z.string(),
    requirements: z.string(),
    plan: z.string().default(''),
    moduleResults: z.array(z.object({ module: z.string(), passed: z.boolean(), note: z.string().default('') })).default([]),
  }),
  output: taskOutput,
  instructions: 'Summarise the task. goal: one line. status: of the whole. modules: their names. successRate: the share of modules that passed, 0 to 1. summary: at most 100 tokens.',
  deterministic: ({ taskId, requirements, moduleResults }) => {
    const passed = moduleResults.filter((result) => result.passed).length;
    const status = taskStatus(passed, moduleResults.length);
    const goal = oneLine(requirements).slice(0, 200) || `Task ${taskId}`;
    const results = moduleResults.map(({ module, passed: isPassed, note }) => `${module} ${isPassed ? 'passed' : 'failed'}${note === '' ? '' : ` (${note})`}`);
    const parts = [`Task ${taskId}: ${goal}`, `${status}, ${passed} of ${moduleResults.length} modules`, results.join('; ')];
    return {
      goal,
      status,
      modules: moduleResults.map(({ module }) => module),
      successRate: moduleResults.length === 0 ? 0 : passed / moduleResults.length,
      summary: cutToTokens(parts.map(oneLine).join('\n').trim(), 100),
    };
  },
});

function isWithoutCode({ source: code }: { readonly source: string }): boolean {
  return code.trim() === '';
}

function taskStatus(passed: number, all: number): TaskSummary['status'] {
  if (all === 0) return 'not started';
  if (passed === all) return 'done';
  return passed > 0 ? 'partly done' : 'failed';
}

function labelled(label: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${label}: ${items.join(', ')}`];
}

function lastOf(items: readonly string[], count: number): readonly string[] {
  return items.slice(Math.max(0, items.length - count));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}

function cutToTokens(text: string, tokens: number): string {
  const words = text.split(/(?<=\s)/u);
  const cut = (count: number): string => (count === words.length ? text : `${words.slice(0, count).join('').trimEnd()}…`);
  return cut(largestFitting(words.length, (count) => estimateTokens(cut(count)) <= tokens) ?? 0);
}

import { resolve } from 'node:path';
import { contextBudget, estimatorFor, mistral7b, qwen38b } from '@holdfast/context-cache';
import { buildCodeContext, CodeIndex, createTypeLinker, indexDirectory, type CodeContext, type CodeGraph } from '@holdfast/context-cache/extract';
import { cliError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { renderTable } from '../terminal/table.ts';

export interface ContextFlags {
  readonly folder: string;
  readonly types: boolean;
  readonly json: boolean;
  readonly query?: string;
  readonly budget?: number;
  readonly model: string;
  readonly hideBody: boolean;
}

/** For models whose profile is not known. */
const usualBudget = 4800;

/** `holdfast context index`: what the sources of a project define. */
export async function indexContext(flags: ContextFlags): Promise<number> {
  const { graph, index, milliseconds } = await readProject(flags);
  const problems = index.sources.filter(({ problems: each }) => each.length > 0).map(({ path, problems: each }) => ({ path, problem: each[0] ?? '' }));
  const found = { folder: resolve(flags.folder), files: index.size, definitions: graph.definitions.length, links: graph.links.length, milliseconds, problems };
  if (flags.json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else if (index.size === 0) process.stdout.write(nothingIn(flags));
  else {
    process.stdout.write(`${found.files} files, ${found.definitions} definitions, ${found.links} links ${flags.types ? 'by types' : 'by names'} in ${milliseconds} ms\n`);
    for (const { path, problem } of problems) process.stdout.write(`  ${path} is left out: ${problem.split('\n')[0]}\n`);
  }
  return 0;
}

/** `holdfast context build`: the context, what each section takes, and why each definition is in it. */
export async function buildContext(names: readonly string[], flags: ContextFlags): Promise<number> {
  if (names.length === 0 && flags.query === undefined) throw cliError('HOLDFAST_CLI_USAGE', 'Cannot build a context: name a definition, a file or --query');
  const { graph, index } = await readProject(flags);
  if (index.size === 0) return reportNothing(flags);
  const context = contextFor(graph, names.flatMap((name) => idsOf(graph, name)), flags);
  const { text, tokens, sections, omitted } = context;
  const trace = context.trace.map(({ id, tokens: own, score }) => ({ id, tokens: own, score, why: context.explain(id) }));
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ text, tokens, budget: budgetOf(flags), sections, trace, omitted })}\n`);
    return 0;
  }
  process.stdout.write(text === '' ? 'Nothing fits, or nothing leads anywhere: give more with --budget, or other words with --query\n' : `${text}\n`);
  process.stdout.write(`\n${tokens} of ${budgetOf(flags)} tokens, counted as ${flags.model} does\n`);
  process.stdout.write(renderTable(['SECTION', 'TOKENS', 'DEFINITIONS'], sections.map(({ name, tokens: own, definitions }) => [name, String(own), String(definitions)])));
  if (trace.length > 0) process.stdout.write(`\n${renderTable(['TOKENS', 'DEFINITION', 'WHY'], trace.map(({ id, tokens: own, why }) => [String(own), id, why]))}`);
  if (omitted.length > 0) process.stdout.write(`\nMore tokens would buy: ${omitted.slice(0, 5).map(({ id }) => id).join(', ')}\n`);
  return 0;
}

/** `holdfast context explain`: why one definition is in the context for another, or is not. */
export async function explainContext(name: string, target: string, flags: ContextFlags): Promise<number> {
  const { graph, index } = await readProject(flags);
  if (index.size === 0) return reportNothing(flags);
  const context = contextFor(graph, idsOf(graph, target), flags);
  const rows = idsOf(graph, name).map((id) => ({ id, included: context.trace.some((entry) => entry.id === id), why: context.explain(id) }));
  if (flags.json) process.stdout.write(`${JSON.stringify({ definitions: rows })}\n`);
  else for (const { id, included, why } of rows) process.stdout.write(`${id} is ${included ? '' : 'not '}in the context of ${budgetOf(flags)} tokens: ${why}\n`);
  return 0;
}

interface Project {
  readonly index: CodeIndex;
  readonly graph: CodeGraph;
  readonly milliseconds: number;
}

async function readProject({ folder, types }: ContextFlags): Promise<Project> {
  const began = performance.now();
  const root = resolve(folder);
  const linker = types ? createTypeLinker({ root }) : undefined;
  const progress = new Progress();
  try {
    const index = new CodeIndex(linker && { linker: linker.link });
    await indexDirectory(index, root, { onProgress: ({ done, total }) => progress.show(`Reading ${done} of ${total} files`) });
    progress.show(types ? 'Asking the TypeScript compiler' : 'Linking');
    return { index, graph: await index.graph(), milliseconds: Math.round(performance.now() - began) };
  } finally {
    progress.clear();
    await linker?.close();
  }
}

/** One line of a terminal that is written over; nothing where nobody watches. */
class Progress {
  readonly #isTerminal = process.stderr.isTTY;

  show(text: string): void {
    if (this.#isTerminal) process.stderr.write(`\r\u001B[K${text}`);
  }

  clear(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001B[K');
  }
}

function contextFor(graph: CodeGraph, targets: readonly string[], flags: ContextFlags): CodeContext {
  const { query, hideBody, model } = flags;
  return buildCodeContext(graph, { targets, hideBodies: hideBody, budgetTokens: budgetOf(flags), estimator: estimatorFor(model), ...(query !== undefined && { query }) });
}

function budgetOf({ budget, model }: ContextFlags): number {
  const profile = [mistral7b, qwen38b].find((each) => each.model === model);
  return budget ?? (profile ? contextBudget(profile) : usualBudget);
}

function idsOf(graph: CodeGraph, name: string): readonly string[] {
  const ids = graph.find(name);
  if (ids.length > 0) return ids;
  const closest = nearest(name, [...new Set(graph.definitions.map((definition) => definition.name))]);
  throw cliError('HOLDFAST_CLI_USAGE', `Cannot find definition "${name}"`, { hint: `Did you mean "${closest}"? holdfast context index says what was read` });
}

function reportNothing(flags: ContextFlags): number {
  process.stdout.write(flags.json ? `${JSON.stringify({ text: '', tokens: 0, budget: budgetOf(flags), sections: [], trace: [], omitted: [] })}\n` : nothingIn(flags));
  return 0;
}

function nothingIn({ folder }: ContextFlags): string {
  return `No TypeScript or JavaScript sources below ${resolve(folder)}: name the project with --folder\n`;
}

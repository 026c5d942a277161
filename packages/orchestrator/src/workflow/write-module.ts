/** One module: generate, test, correct, until its tests pass and nobody has anything against it. */
import { checkReport, EventType, type Event } from '@holdfast/event-store';
import { z } from 'zod';
import { orchestratorError } from '../errors.ts';
import type { CodingRun } from './coding-workflow.ts';
import type { ModuleSpec } from './module-plan.ts';
import type { GeneratedModule, TestReport } from './ports.ts';
import { codeHash } from './stable-event-id.ts';

/** The code that is to be corrected, and why. */
interface Correction {
  readonly previous: GeneratedModule;
  readonly problems: readonly string[];
}

/** @throws HOLDFAST_ORCHESTRATOR_GAVE_UP when it is not right after the last iteration */
export async function writeModule(run: CodingRun, module: ModuleSpec, written: readonly GeneratedModule[], first?: Correction): Promise<GeneratedModule> {
  const { maxIterations = 4 } = run.options;
  const { name } = module;
  let correction = first;
  for (let iteration = 1; iteration <= maxIterations; iteration += 1) {
    const { code, event } = await generate(run, module, written, iteration, correction);
    const report = await test(run, name, [...written, code], event);
    const problems = [...problemsOf(report), ...(await reportsOfPeople(run, name, event))];
    if (problems.length === 0) {
      await run.fact(`complete ${event.codeVersion}`, () => ({ ...aboutCode(event), type: EventType.MODULE_COMPLETE, data: { module: name, iteration, message: `Module ${name} is done` } }));
      return code;
    }
    correction = { previous: code, problems };
  }
  throw orchestratorError('HOLDFAST_ORCHESTRATOR_GAVE_UP', `Cannot finish module "${name}": its tests still fail after ${maxIterations} iterations`, {
    data: { module: name, problems: correction?.problems ?? [] },
  });
}

/** The next generation of the code. What the log says of it holds, also where a second answer would differ. */
async function generate(
  run: CodingRun,
  module: ModuleSpec,
  written: readonly GeneratedModule[],
  iteration: number,
  correction: Correction | undefined,
): Promise<{ readonly code: GeneratedModule; readonly event: Event }> {
  const version = run.codeVersion + 1;
  const { name } = module;
  const event = await run.fact(`generated ${version}`, async (call) => {
    const { codeVersion } = run;
    if (iteration === 1 && !correction) await run.tell(`module ${name}`, { type: EventType.MODULE_STARTED, codeVersion, data: { module: name, purpose: module.purpose, message: `Begins with module ${name}` } });
    await run.tell(`iteration ${version}`, { type: EventType.MODULE_ITERATION, codeVersion, data: { module: name, iteration, message: `Iteration ${iteration} of module ${name}` } });
    if (correction) {
      const data = { module: name, iteration, problems: [...correction.problems], message: `Corrects module ${name}` };
      await run.tell(`correction ${version}`, { type: EventType.CORRECTION_STARTED, codeVersion, data });
    }
    const context = await run.contextFor({ purpose: correction ? 'correct' : 'generate', module });
    const dependencies = written.filter((each) => module.dependencies.includes(each.name));
    const answer = await run.options.coder.generate({ prompt: run.task.prompt, module, dependencies, context, iteration, ...(correction && { correction }) }, call);
    return {
      type: correction ? EventType.CORRECTION_COMPLETED : EventType.CODE_GENERATED,
      codeVersion: version,
      codeHash: codeHash(answer),
      data: { module: name, iteration, code: answer.code, tests: answer.tests, message: `Version ${version} of the code: module ${name}` },
    };
  });
  run.codeVersion = version;
  return { code: { name, ...codeSchema.parse(event.data) }, event };
}

/** The events that hold code. */
export const generations: ReadonlySet<string> = new Set([EventType.CODE_GENERATED, EventType.CORRECTION_COMPLETED]);
export const codeSchema = z.object({ code: z.string(), tests: z.string() });

async function test(run: CodingRun, name: string, modules: readonly GeneratedModule[], code: Event): Promise<TestReport> {
  const version = code.codeVersion;
  const { data } = await run.fact(`tested ${version}`, async ({ taskId, signal }) => {
    await run.tell(`test ${version}`, { ...aboutCode(code), type: EventType.TEST_STARTED, data: { module: name, message: `Tests version ${version}` } });
    const report = await run.options.testRunner.run({ taskId, modules }, { signal });
    const { passed, failed, durationMs } = report;
    const hasPassed = problemsOf(report).length === 0;
    const failures = report.failures.map(({ test: title, message }) => ({ test: title, message }));
    return {
      ...aboutCode(code),
      type: hasPassed ? EventType.TEST_PASSED : EventType.TEST_FAILED,
      data: { module: name, passed, failed, failures, durationMs, message: hasPassed ? `${passed} tests pass` : `${failed} of ${passed + failed} tests fail` },
    };
  });
  const report = reportSchema.parse(data);
  const problems = problemsOf(report);
  if (problems.length > 0) {
    await run.fact(`bug ${version}`, () => ({ ...aboutCode(code), type: EventType.BUG_REPORT_RECEIVED, data: { module: name, source: 'tests', problems, message: problems[0] ?? '' } }));
  }
  return report;
}

const reportSchema = z.object({
  passed: z.number(),
  failed: z.number(),
  failures: z.array(z.object({ test: z.string(), message: z.string() })),
  durationMs: z.number(),
});

function problemsOf({ passed, failures }: TestReport): string[] {
  if (failures.length > 0) return failures.map(({ test: title, message }) => `Test "${title}": ${message}`);
  return passed === 0 ? ['There are no tests'] : [];
}

/** Faults that people reported and that still speak of this code; those of code that is gone are dropped. */
async function reportsOfPeople(run: CodingRun, name: string, code: Event): Promise<string[]> {
  const heard = await run.hear(`after version ${code.codeVersion}`);
  return heard
    .filter(({ type, data }) => type === EventType.BUG_REPORT_RECEIVED && (data['module'] ?? name) === name)
    .filter((report) => checkReport(report, code).valid)
    .map(({ data }) => `A person reports: ${typeof data['message'] === 'string' ? data['message'] : 'something is wrong'}`);
}

/** What ties an event to the code it speaks of. */
function aboutCode({ codeVersion, codeHash: hash }: Event): { readonly codeVersion: number; readonly codeHash: string | null } {
  return { codeVersion, codeHash: hash };
}

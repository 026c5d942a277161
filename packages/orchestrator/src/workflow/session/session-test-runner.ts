import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionResult, SessionManager, SessionOptions } from '@holdfast/executor';
import { z } from 'zod';
import type { GeneratedModule, TestReport, TestRunner } from '../ports.ts';
import { testProgram } from './test-program.ts';

export interface SessionTestRunnerOptions {
  readonly sessions: SessionManager;
  /** Each task gets a folder of its own in here. */
  readonly directory: string;
  /** How long the tests of one module may take. @default 30 000 */
  readonly timeoutMs?: number;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
  /** What the worker may reach and use. @default what the sessions of the manager may */
  readonly limits?: Pick<SessionOptions, 'isolation' | 'hiddenPaths' | 'maxMemoryBytes' | 'maxHeapMegabytes'>;
}

const outcomeSchema = z.object({
  passed: z.int().nonnegative(),
  failures: z.array(z.object({ test: z.string(), message: z.string() })),
});

/**
 * Writes the modules of a task into its folder and runs their tests there, each time in a worker of its own: whatever
 * the code does to its process ends with it. Work that does not yield is terminated at the limit.
 */
export function createSessionTestRunner({ sessions, directory, timeoutMs = 30_000, limits = {}, now = () => performance.now() }: SessionTestRunnerOptions): TestRunner {
  const folderOf = (taskId: string): string => join(directory, folderName(taskId));
  return {
    folderOf,
    run: async ({ taskId, modules }, { signal }) => {
      const folder = folderOf(taskId);
      await writeModules(folder, modules);
      const tested = modules.at(-1);
      if (!tested) return reportOf({ passed: 0, failures: [] }, 0);
      const session = sessions.create({ sessionId: `tests:${randomUUID()}`, language: 'javascript', directory: folder, writableDirectory: folder, ...limits });
      try {
        const begun = now();
        const result = await session.execute(testProgram(join(folder, `${tested.name}.test.ts`)), { timeoutMs, signal });
        signal.throwIfAborted();
        return reportOf(outcomeOf(result, { timeoutMs, elapsedMs: now() - begun }), result.executionTimeMs);
      } finally {
        await sessions.remove(session.id);
      }
    },
  };
}

/**
 * Written beside the file and then put in its place, so that nobody sees half of one. What a crash leaves beside it is
 * written again by the run that comes after.
 */
async function writeModules(folder: string, modules: readonly GeneratedModule[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // A package of its own: what stands in folders above says nothing about these files.
  const files = [['package.json', '{ "type": "module", "private": true }\n'], ...modules.flatMap(({ name, code, tests }) => [[`${name}.ts`, code], [`${name}.test.ts`, tests]])];
  for (const [name = '', text = ''] of files) {
    const path = join(folder, name);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
}

function outcomeOf(result: ExecutionResult, { timeoutMs, elapsedMs }: { readonly timeoutMs: number; readonly elapsedMs: number }): z.infer<typeof outcomeSchema> {
  if (result.status === 'ok') {
    const parsed = z.string().transform((text) => outcomeSchema.parse(JSON.parse(text))).safeParse(result.value);
    return parsed.success ? parsed.data : failed('The tests ended their process before they were done');
  }
  // A worker that is told to end while it spins may die of it, and then says only that.
  const hasDiedLate = result.error?.name === 'WorkerDied' && elapsedMs >= timeoutMs;
  if (hasDiedLate || result.cancelled?.by === 'timeout') return failed(`The tests took longer than ${timeoutMs} ms`);
  if (result.cancelled) return failed(`The tests were ended by ${result.cancelled.by}`);
  return failed(`${result.error?.name ?? 'Error'}: ${result.error?.message ?? 'unknown'}`);
}

function failed(message: string): z.infer<typeof outcomeSchema> {
  return { passed: 0, failures: [{ test: 'all', message }] };
}

function reportOf({ passed, failures }: z.infer<typeof outcomeSchema>, durationMs: number): TestReport {
  return { passed, failed: failures.length, failures: failures.map(({ test, message }) => ({ test, message: message.toWellFormed() })), durationMs: Math.round(durationMs) };
}

/** A folder that stands for one task only, readable where the id is plain. */
function folderName(taskId: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,99}$/u.test(taskId)) return taskId;
  return `_${createHash('sha256').update(taskId).digest('hex').slice(0, 40)}`;
}

/**
 * A cell as a durable run. It is work at most once: the namespace is kept before it begins, and together with its result
 * once it has ended, so after a crash it is known whether the cell finished. One that finished is never run again; one that
 * did not is reported, or restored to where it began and run again, as the caller says.
 */
import { isHoldfastError, parseId } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import type { DurableContext, StepContext } from '../durable/context.ts';
import type { Dependency } from '../durable/dependency.ts';
import type { DurableFunction } from '../durable/durable-function.ts';
import type { Promises } from '../durable/promises.ts';
import type { CellCheckpoints, CellExecutor, CellRequest, CellResult, ExecuteFn } from './cell.ts';

export interface DurableExecuteOptions {
  /** What runs the cells; a factory, so that it lives no longer than what it runs. */
  readonly executor: Dependency<CellExecutor>;
  readonly checkpoints: CellCheckpoints;
  /** What to do with a cell that was running when its process ended. @default 'fail', with HOLDFAST_PROMISES_INTERRUPTED */
  readonly whenInterrupted?: 'fail' | 'run-again';
}

/** How often a cell is run again after crashes. */
const maxRuns = 8;

/** The function `durable_execute`; see {@link createDurableExecute} for a plain call of it. */
export function defineDurableExecute(promises: Promises, { executor, checkpoints, whenInterrupted = 'fail' }: DurableExecuteOptions): DurableFunction<CellRequest, CellResult> {
  const run = async (request: CellRequest, { use, signal }: StepContext): Promise<CellResult> => {
    const cells = await use(executor);
    const { sessionId, executionId } = request;
    const latest = await checkpoints.latest(sessionId);
    if (latest) await cells.restore?.(sessionId, latest.checkpoint);
    const before = await cells.checkpoint?.(sessionId);
    if (before) await checkpoints.save(sessionId, { checkpoint: before, executionId });
    const result = await cells.execute(request, { signal });
    signal.throwIfAborted();
    const after = await cells.checkpoint?.(sessionId);
    if (after) await checkpoints.save(sessionId, { checkpoint: after, executionId, result });
    return result;
  };

  const body = async (context: DurableContext, request: CellRequest): Promise<CellResult> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        return await context.once('execute', (step) => run(request, step));
      } catch (error) {
        if (!isHoldfastError(error, 'HOLDFAST_PROMISES_INTERRUPTED')) throw error;
        // oxlint-disable-next-line no-await-in-loop -- what was found decides whether there is another attempt
        const finished = await context.step('look for a result', async () => {
          const latest = await checkpoints.latest(request.sessionId);
          return latest?.executionId === request.executionId ? (latest.result ?? null) : null;
        });
        if (finished) return finished;
        if (whenInterrupted === 'fail' || attempt >= maxRuns) throw error;
      }
    }
  };
  return promises.define('durable_execute', body, { input: { parse: parseCellRequest } });
}

/** An `execute` like any other, of which each execution survives a crash. Aborting the signal cancels it. */
export function createDurableExecute(promises: Promises, durableExecute: DurableFunction<CellRequest, CellResult>): ExecuteFn {
  return async (request, { signal }) => {
    signal.throwIfAborted();
    const run = await promises.start(durableExecute, request.executionId, request);
    const cancel = (): void => {
      run.cancel('its caller cancelled it').catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      return await run.result();
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

/** @throws HOLDFAST_PROMISES_INVALID_INPUT, HOLDFAST_PROTOCOL_INVALID_ID */
function parseCellRequest(value: unknown): CellRequest {
  const { sessionId, executionId, code, language, timeoutMs }: Readonly<Record<string, unknown>> = { ...Object(value) };
  if (typeof sessionId !== 'string' || typeof executionId !== 'string') throw invalid('"sessionId" and "executionId" are texts');
  if (typeof code !== 'string') throw invalid('"code" is a text');
  if (language !== undefined && language !== 'typescript' && language !== 'javascript') throw invalid('"language" is "typescript" or "javascript"');
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) throw invalid('"timeoutMs" is a number from 0');
  return {
    sessionId: parseId(sessionId),
    executionId: parseId(executionId),
    code,
    ...(language !== undefined && { language }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function invalid(reason: string): Error {
  return promisesError('HOLDFAST_PROMISES_INVALID_INPUT', `Cannot execute a cell: ${reason}`);
}

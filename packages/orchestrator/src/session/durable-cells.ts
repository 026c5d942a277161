/**
 * Cells that go on after a crash of the server. The durable function knows whether a cell has to run, and the log what
 * became of it: the end of a cell is one event that names the checkpoint taken after it. So a cell whose end stands in the
 * log is never run again, and one that was running begins anew with the variables it began with.
 */
import type { NewEvent } from '@holdfast/event-store';
import type { Checkpoint, ExecutionResult, Session } from '@holdfast/executor';
import type { CheckpointData } from '@holdfast/protocol';
import {
  defineDurableExecute,
  type CellCheckpoint,
  type CellCheckpoints,
  type CellExecutor,
  type CellRequest,
  type CellResult,
  type DurableFunction,
  type Promises,
} from '@holdfast/promises/durable';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.ts';
import { runIdOf } from '../run-id.ts';
import { untilAborted } from '../until-aborted.ts';
import { executionEnded, executionResumed, sessionCheckpointed, sessionRestored, type StartedExecution } from './session-event.ts';
import type { SessionLedger } from './session-ledger.ts';

export interface DurableCellsOptions {
  readonly promises: Promises;
  readonly checkpoints: CheckpointStore;
  readonly ledger: SessionLedger;
  readonly append: (sessionId: string, event: NewEvent) => Promise<void>;
}

/** A cell that this process runs, or will run as soon as its durable run says so. */
export interface DurableCell extends StartedExecution {
  readonly session: Session;
  /** Whether its session has lost its variables. */
  readonly isNew: boolean;
  /** Whether it was started in an earlier process. */
  readonly isResumed: boolean;
}

interface RunningCell extends DurableCell {
  isNew: boolean;
  /** The checkpoint that was taken last. */
  taken?: Checkpoint;
  result?: ExecutionResult;
}

/** One place for the state before a cell and one for that after it: the one that the log speaks of is never overwritten. */
const [beforeCell, afterCell] = ['before-cell', 'after-cell'];

export class DurableCells {
  readonly #options: DurableCellsOptions;
  readonly #cells = new Map<string, RunningCell>();
  #execute: DurableFunction<CellRequest, CellResult> | undefined;
  #isClosing = false;

  constructor(options: DurableCellsOptions) {
    this.#options = options;
  }

  /** Takes up what earlier processes left, all of which has been added. */
  start(): void {
    const checkpoints: CellCheckpoints = {
      save: async (sessionId, checkpoint) => this.#keep(sessionId, checkpoint),
      latest: async (sessionId) => this.#latest(sessionId),
    };
    const executor = { name: 'executor', lifetime: 'run' as const, create: () => this.#createExecutor() };
    this.#execute = defineDurableExecute(this.#options.promises, { executor, checkpoints, whenInterrupted: 'run-again' });
  }

  add(cell: DurableCell): void {
    this.#cells.set(cell.executionId, { ...cell });
  }

  /**
   * Runs a cell that was added, or finds out how it ended.
   *
   * @returns its result; undefined where the log has it already, and where it goes on in the next process
   * @throws why it could not be run
   */
  async run(executionId: string): Promise<ExecutionResult | undefined> {
    const cell = this.#cells.get(executionId);
    if (!cell || !this.#execute) throw new TypeError(`Cannot run execution "${executionId}": it was not added`);
    const { session, code, language, durable } = cell;
    const request = { sessionId: session.id, executionId, code, language, ...(durable?.timeoutMs !== undefined && { timeoutMs: durable.timeoutMs }) };
    try {
      const run = await this.#options.promises.start(this.#execute, runIdOf('cell', executionId), request);
      await run.result();
    } catch (error) {
      if (!this.#isClosing && !cell.result) throw error;
    } finally {
      this.#cells.delete(executionId);
    }
    return this.#hasEnded(executionId) ? undefined : cell.result;
  }

  /** From now on a cell that ends was broken off. */
  close(): void {
    this.#isClosing = true;
  }

  #createExecutor(): CellExecutor {
    return {
      restore: async (sessionId, checkpoint) => this.#restore(this.#cellOf(sessionId), checkpoint),
      checkpoint: async (sessionId) => {
        const cell = this.#cellOf(sessionId);
        cell.taken = await cell.session.checkpoint();
        return cell.taken.checkpoint;
      },
      execute: async ({ executionId, sessionId }, { signal }) => (this.#hasEnded(executionId) ? receipt : this.#perform(this.#cellOf(sessionId), signal)),
    };
  }

  async #perform(cell: RunningCell, signal: AbortSignal): Promise<CellResult> {
    const { session, executionId, code, language, durable: { filename, timeoutMs } = {} } = cell;
    if (cell.isResumed) await this.#options.append(session.id, executionResumed(executionId));
    const running = session.execute(code, { executionId, language, ...(filename !== undefined && { filename }), ...(timeoutMs !== undefined && { timeoutMs }) });
    try {
      cell.result = await untilAborted(running, signal);
    } catch (error) {
      if (!this.#isClosing) await session.cancel({ executionId, by: 'signal' }); // when all closes, it ends with its session
      throw error;
    }
    return { ...receipt, status: cell.result.status, executionTimeMs: cell.result.executionTimeMs };
  }

  async #restore(cell: RunningCell, checkpoint: CheckpointData): Promise<void> {
    if (!cell.isNew) return;
    const restored = await cell.session.restore(checkpoint);
    cell.isNew = false;
    await this.#options.append(cell.session.id, sessionRestored({ checkpointId: checkpoint.checkpointId, ...restored }));
  }

  /** First the bytes, then the event that speaks of them. */
  async #keep(sessionId: string, { checkpoint, executionId, result }: CellCheckpoint): Promise<void> {
    const { checkpoints, append } = this.#options;
    const checkpointId = result ? afterCell : beforeCell;
    await checkpoints.save(sessionId, { ...checkpoint, checkpointId });
    const { result: ended, taken } = this.#cellOf(sessionId);
    if (result && ended) await append(sessionId, executionEnded(ended, checkpointId));
    else await append(sessionId, sessionCheckpointed({ checkpointId, executionId, size: checkpoint.size, kept: taken?.kept ?? [], skipped: taken?.skipped ?? [] }));
  }

  async #latest(sessionId: string): Promise<CellCheckpoint | undefined> {
    const { checkpoints, ledger } = this.#options;
    const { checkpointId, executionId = '' } = ledger.newestCheckpoint(sessionId) ?? {};
    const checkpoint = checkpointId === undefined ? undefined : await checkpoints.find(sessionId, checkpointId);
    return checkpoint && { checkpoint, executionId, ...(this.#hasEnded(executionId) && { result: receipt }) };
  }

  #hasEnded(executionId: string): boolean {
    return this.#options.ledger.findExecution(executionId)?.status !== undefined;
  }

  #cellOf(sessionId: string): RunningCell {
    for (const cell of this.#cells.values()) if (cell.session.id === sessionId) return cell;
    throw new Error(`Session "${sessionId}" is closed`);
  }
}

/** What the durable run records of a result, which stands in the log. */
const receipt: CellResult = { status: 'ok', value: null, repr: '', executionTimeMs: 0 };

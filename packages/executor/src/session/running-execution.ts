import type { CellWarning, ExecutionMode } from '@holdfast/protocol';
import type { Outcome } from './execution-result.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { ExecuteOptions } from './session-options.ts';

/** Who wants an execution to end, and since when, on the clock of the session. */
export interface Cancellation {
  readonly by: string;
  readonly requestedAt: number;
}

/** An execution under way. */
export interface RunningExecution {
  readonly executionId: string;
  readonly code: string;
  readonly requestedAt: number;
  readonly output: OutputBuffer;
  readonly options: ExecuteOptions;
  /** How long it may take; undefined for as long as it likes. */
  readonly timeoutMs: number | undefined;
  readonly ended: PromiseWithResolvers<Outcome>;
  mode: ExecutionMode;
  /** Whether it was handed to the worker, whose exit ends it from then on. */
  isBegun?: boolean;
  startedAt?: number;
  warnings: readonly CellWarning[];
  /** The first request to end it; later ones change nothing. */
  cancellation?: Cancellation;
  /** The signal that this side had to send, when the worker did not end the cell itself. */
  killedBy?: 'sigterm' | 'sigkill';
}

/** What becomes of a cell that was cancelled before it was sent. */
export function cancelledEarly(by: string): Outcome {
  return { status: 'cancelled', value: null, repr: '', cancelled: { by, step: 'signal', namespaceKept: true }, executionTimeMs: 0 };
}

/** An error says which execution it is of and how its source begins, behind the notes that it brought. */
export function withNotes(outcome: Outcome, { executionId, code, cancellation, requestedAt, startedAt = requestedAt, warnings }: RunningExecution, { snippetCharacters, now }: { snippetCharacters: number; now: number }): Outcome {
  const notes = [
    ...(cancellation && outcome.status === 'cancelled' ? [`cancelled by ${cancellation.by} after ${Math.round(cancellation.requestedAt - startedAt)} ms, ended ${Math.round(now - cancellation.requestedAt)} ms later`] : []),
    ...warnings.flatMap(({ kind, name }) => (kind === 'hidden-internal' ? [`"${name}" is the cell's own from now on and hides what the engine keeps under that name`] : [])),
  ];
  const { error } = outcome;
  const snippet = code.length > snippetCharacters ? `${code.slice(0, snippetCharacters)}…` : code;
  const own = [`execution ${executionId}`, ...(snippet === '' ? [] : [`code: ${snippet}`])];
  return { ...outcome, ...(notes.length > 0 && { notes }), ...(error && { error: { ...error, notes: [...error.notes, ...own] } }) };
}

import { createMessage, type CancelStep, type Message, type ThrownError } from '@holdfast/protocol';
import { elapsedMs } from '../elapsed.ts';
import type { DescribedValue } from './describe.ts';
import type { EvaluationOutcome } from './inspector.ts';

/** A cell from its start until its end is told. */
export interface RunningCell {
  readonly executionId: string;
  readonly ordinal: number;
  readonly startedAt: number;
  /** What V8 answers; never settles for a cell that was terminated. */
  readonly evaluation: PromiseWithResolvers<EvaluationOutcome | undefined>;
  /** Settles when the cell was stopped from outside. */
  readonly stopped: PromiseWithResolvers<undefined>;
  /** Settles when its end is on the way to the host. */
  readonly ended: PromiseWithResolvers<undefined>;
  readonly stopWatching: () => void;
  /** While the main thread is being terminated on behalf of the cell. */
  terminating?: Promise<void>;
  /** Whether its end is being told, so that nothing has to stop it any more. */
  isEnding?: boolean;
  /** Whether V8 keeps no value of it for this thread. */
  holdsNothing?: boolean;
  cancelled?: { readonly by: string; step: CancelStep };
  exitCode?: number;
}

/** Whether something other than the cell itself ends it. */
export function isBeingStopped({ cancelled, exitCode }: RunningCell): boolean {
  return cancelled !== undefined || exitCode !== undefined;
}

/** How the evaluation of a cell ended. */
export type CellEnding =
  | ({ readonly type: 'value'; readonly exitCode?: number } & DescribedValue)
  | { readonly type: 'thrown'; readonly error: ThrownError }
  | { readonly type: 'stopped' };

/** What the host is told of an end. */
export function endMessage({ executionId, startedAt, exitCode, cancelled }: RunningCell, ending: CellEnding): Message {
  const executionTimeMs = elapsedMs(startedAt);
  if (exitCode !== undefined) return createMessage('result', { executionId, value: null, valueOmitted: 'the cell exited', repr: '', exitCode, executionTimeMs });
  if (cancelled) return createMessage('cancelled', { executionId, ...cancelled, namespaceKept: true, executionTimeMs });
  if (ending.type === 'value') {
    const { type: _, ...fields } = ending;
    return createMessage('result', { executionId, ...fields, executionTimeMs });
  }
  const error = ending.type === 'thrown' ? ending.error : { name: 'Terminated', message: 'The cell was terminated', stack: '', notes: [] };
  return createMessage('error', { executionId, error, executionTimeMs });
}

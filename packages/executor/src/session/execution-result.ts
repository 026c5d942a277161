import type { CancelStep, ExecutionMode, JsonValue, MessageOf, ThrownError } from '@holdfast/protocol';

/** What became of one execution, in full. */
export interface ExecutionResult {
  readonly executionId: string;
  readonly sessionId: string;
  readonly status: 'ok' | 'error' | 'cancelled';
  readonly mode: ExecutionMode;
  /** The completion value as JSON, or null. */
  readonly value: JsonValue;
  /** Why `value` is null although there was one. */
  readonly valueOmitted?: string;
  /** The value as a prompt would show it; empty for `undefined`. */
  readonly repr: string;
  readonly error?: ThrownError;
  readonly cancelled?: { readonly by: string; readonly step: CancelStep; readonly namespaceKept: boolean };
  /** The exit code where the program exited with one. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What is worth knowing beside the outcome: who cancelled the cell and how long that took, or which names it hides. */
  readonly notes?: readonly string[];
  /** True when a slow `onOutput` had not taken all output yet when the result was given; it goes on to get it. */
  readonly outputPending?: true;
  /** True when `stdout` and `stderr` hold less than was written; what was streamed is whole. */
  readonly truncated?: true;
  readonly executionTimeMs: number;
  readonly queuedTimeMs: number;
}

export type EndMessage = MessageOf<'result'> | MessageOf<'error'> | MessageOf<'cancelled'>;
export type Outcome = Omit<ExecutionResult, 'executionId' | 'sessionId' | 'mode' | 'stdout' | 'stderr' | 'truncated' | 'outputPending' | 'queuedTimeMs'>;

/** The outcome that an end message tells. */
export function outcomeOf(message: EndMessage): Outcome {
  const { executionTimeMs } = message;
  switch (message.type) {
    case 'result': {
      const { value, valueOmitted, repr, exitCode } = message;
      return {
        status: 'ok',
        value,
        ...(valueOmitted !== undefined && { valueOmitted }),
        repr,
        ...(exitCode !== undefined && { exitCode }),
        executionTimeMs,
      };
    }
    case 'error':
      return { status: 'error', value: null, repr: '', error: message.error, executionTimeMs };
    case 'cancelled': {
      const { by, step, namespaceKept } = message;
      return { status: 'cancelled', value: null, repr: '', cancelled: { by, step, namespaceKept }, executionTimeMs };
    }
  }
}

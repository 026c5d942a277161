import type { Event, JsonObject, NewEvent } from '@holdfast/event-store';
import type { ExecutionResult } from '@holdfast/executor';
import { language, type Language, type OutputStream, type SkippedEntry } from '@holdfast/protocol';
import { z } from 'zod';

/** The facts of a session, kept in a stream of its own beside the streams of tasks. */
export const SessionEventType = {
  SESSION_CREATED: 'SESSION_CREATED',
  EXECUTION_STARTED: 'EXECUTION_STARTED',
  /** A durable cell begins anew, in another process than the one it was started in. */
  EXECUTION_RESUMED: 'EXECUTION_RESUMED',
  EXECUTION_OUTPUT: 'EXECUTION_OUTPUT',
  INPUT_REQUESTED: 'INPUT_REQUESTED',
  EXECUTION_ENDED: 'EXECUTION_ENDED',
  SESSION_CHECKPOINTED: 'SESSION_CHECKPOINTED',
  SESSION_RESTORED: 'SESSION_RESTORED',
  SESSION_CLOSED: 'SESSION_CLOSED',
} as const;

const streamPrefix = 'session:';

/** The stream that a session's facts stand in. */
export function sessionStream(sessionId: string): string {
  return streamPrefix + sessionId;
}

/** The session that a stream belongs to; undefined for the stream of a task. */
export function sessionOfStream(taskId: string): string | undefined {
  return taskId.startsWith(streamPrefix) ? taskId.slice(streamPrefix.length) : undefined;
}

export function sessionCreated(session: { language: Language; directory: string | null }): NewEvent {
  return { type: SessionEventType.SESSION_CREATED, data: session };
}

export function sessionClosed(): NewEvent {
  return { type: SessionEventType.SESSION_CLOSED, data: {} };
}

export function sessionCheckpointed(data: { checkpointId: string; executionId?: string; size: number; kept: readonly string[]; skipped: readonly SkippedEntry[] }): NewEvent {
  return { type: SessionEventType.SESSION_CHECKPOINTED, data: { ...data, skipped: data.skipped.map(({ name, reason }) => ({ name, reason })) } };
}

export function sessionRestored(data: { checkpointId: string; restored: readonly string[]; skipped: readonly SkippedEntry[] }): NewEvent {
  return { type: SessionEventType.SESSION_RESTORED, data: { ...data, skipped: data.skipped.map(({ name, reason }) => ({ name, reason })) } };
}

const startedExecution = z.object({
  executionId: z.string(),
  code: z.string(),
  language,
  /** Only of a durable one: what it takes to begin it anew. */
  durable: z.object({ filename: z.string().optional(), timeoutMs: z.number().optional() }).optional(),
});
export type StartedExecution = z.infer<typeof startedExecution>;

export function executionStarted({ code, ...started }: StartedExecution): NewEvent {
  return { type: SessionEventType.EXECUTION_STARTED, data: JSON.parse(JSON.stringify({ ...started, code: code.toWellFormed() })) };
}

/** What an `EXECUTION_STARTED` event tells. */
export function startedOf({ data }: Event): StartedExecution {
  return startedExecution.parse(data);
}

export function executionResumed(executionId: string): NewEvent {
  return { type: SessionEventType.EXECUTION_RESUMED, data: { executionId } };
}

export function executionOutput(output: { executionId?: string; stream: OutputStream; text: string; late: boolean }): NewEvent {
  return { type: SessionEventType.EXECUTION_OUTPUT, data: { executionId: null, ...output } };
}

/** A cell asks a person; the promise of this id takes the answer. */
export function inputRequested(asked: { promiseId: string; executionId: string; prompt: string; secret: boolean }): NewEvent {
  return { type: SessionEventType.INPUT_REQUESTED, data: asked };
}

/** With the checkpoint that was taken after it, where it is durable: the two are known together or not at all. */
export function executionEnded(result: ExecutionResult, checkpointId?: string): NewEvent {
  return { type: SessionEventType.EXECUTION_ENDED, data: { executionId: result.executionId, result: asJson(result), ...(checkpointId !== undefined && { checkpointId }) } };
}

/** The result that an `EXECUTION_ENDED` event tells. */
export function resultOf({ data }: Event): ExecutionResult {
  // Only executionEnded makes this event, and the store gives back what it was given.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return data['result'] as unknown as ExecutionResult;
}

/** The same result as JSON that every store can keep: text that is no Unicode is mended, absent fields are left out. */
function asJson(result: ExecutionResult): JsonObject {
  const text = JSON.stringify(result, (_name, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a result is an object, and this is its own JSON
  return JSON.parse(text) as JsonObject;
}

/**
 * The extension `io.modelcontextprotocol/tasks` (SEP-2663): a tool answers with a handle, and the client comes back
 * for the end, for questions, or to cancel. The state is that of the thing itself, read each time, so nothing is lost
 * with a connection or with the server.
 */
import { CLIENT_CAPABILITIES_META_KEY, MissingRequiredClientCapabilityError, ProtocolError, ProtocolErrorCode, type InputRequests, type Server, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Principal } from '../auth/guard.ts';
import { readHandle } from './task-handle.ts';

export const tasksExtension = 'io.modelcontextprotocol/tasks';

/** Where something that goes on stands. */
export interface OngoingState {
  readonly status: 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';
  readonly statusMessage?: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** What the tool answers, when it is completed; a tool's own error too. */
  readonly result?: Readonly<Record<string, unknown>>;
  /** Why there is no answer, when it failed. */
  readonly error?: { readonly code: number; readonly message: string };
  /** What it asks, by keys that never come again. */
  readonly inputRequests?: InputRequests;
}

/** One kind of things that go on. */
export interface OngoingKind {
  /** Undefined where there is none of this id. */
  find(id: string): Promise<OngoingState | undefined>;
  /** Gives answers to what it asks; those to other questions are ignored. */
  answer(id: string, responses: Readonly<Record<string, unknown>>, principal: Principal): Promise<void>;
  cancel(id: string, principal: Principal): Promise<void>;
}

const byHandle = z.looseObject({ taskId: z.string() });
const pollIntervalMs = 1000;

const envelope = z.object({ [CLIENT_CAPABILITIES_META_KEY]: z.object({ elicitation: z.unknown(), extensions: z.record(z.string(), z.unknown()) }).partial() }).partial();

/** What the client of this request declared with it; undefined for one of an earlier revision, which did so when it connected. */
export function declaredCapabilities({ mcpReq }: ServerContext): { readonly elicitation?: unknown; readonly extensions?: Readonly<Record<string, unknown>> | undefined } | undefined {
  if (mcpReq.envelope === undefined) return undefined;
  return envelope.safeParse(mcpReq.envelope).data?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
}

/** Whether the client of this request can hold a handle. */
export function takesTasks(context: ServerContext): boolean {
  return declaredCapabilities(context)?.extensions?.[tasksExtension] !== undefined;
}

/** @throws MissingRequiredClientCapabilityError */
export function requireTasks(context: ServerContext): void {
  if (!takesTasks(context)) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [tasksExtension]: {} } } });
}

/** Answers what clients ask about their handles. */
export function addTasksExtension(server: Server, principal: Principal, kinds: Readonly<Record<string, OngoingKind>>): void {
  const find = (handle: string): { readonly kind: OngoingKind; readonly id: string } => {
    const handled = readHandle(principal, handle);
    const kind = handled && kinds[handled.kind];
    if (!kind) throw unknownTask(handle);
    return { kind, id: handled.id };
  };
  const state = async (handle: string): Promise<Record<string, unknown>> => {
    const { kind, id } = find(handle);
    const found = await kind.find(id);
    if (!found) throw unknownTask(handle);
    return describe(handle, found);
  };
  // The capability comes first: whoever did not declare it is told that, whatever else is wrong.
  const handler = (method: string, run: (handle: string, context: ServerContext) => Promise<Record<string, unknown>>): void =>
    server.setRequestHandler(method, { params: z.unknown() }, async (params, context) => {
      requireTasks(context);
      const parsed = byHandle.safeParse(params);
      if (!parsed.success) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Cannot answer: taskId is missing');
      return run(parsed.data.taskId, context);
    });

  handler('tasks/get', state);
  handler('tasks/update', async (handle, { mcpReq }) => {
    await state(handle);
    const { kind, id } = find(handle);
    await kind.answer(id, mcpReq.inputResponses ?? {}, principal);
    return { resultType: 'complete' };
  });
  handler('tasks/cancel', async (handle) => {
    await state(handle);
    const { kind, id } = find(handle);
    await kind.cancel(id, principal);
    return { resultType: 'complete' };
  });
}

/** The answer that begins a task; it is kept before this is sent. */
export function createdTask(handle: string, { status, statusMessage, createdAt, lastUpdatedAt }: OngoingState): Record<string, unknown> {
  return { resultType: 'task', taskId: handle, status, ...(statusMessage !== undefined && { statusMessage }), createdAt, lastUpdatedAt, ttlMs: null, pollIntervalMs };
}

function describe(handle: string, found: OngoingState): Record<string, unknown> {
  const { result, error, inputRequests } = found;
  return {
    ...createdTask(handle, found),
    resultType: 'complete',
    ...(found.status === 'completed' && { result }),
    ...(found.status === 'failed' && { error }),
    ...(found.status === 'input_required' && { inputRequests }),
  };
}

function unknownTask(handle: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Cannot find task ${JSON.stringify(handle.slice(0, 80))}`);
}

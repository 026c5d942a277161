/**
 * The Resonate protocol as data, as far as it is used here: what is asked, answered, and told without being asked.
 * Version 2026-04-01 of the protocol.
 */
export const protocolDate = '2026-04-01';

export type ProtocolState = 'pending' | 'resolved' | 'rejected' | 'rejected_canceled' | 'rejected_timedout';

/** A payload. What its text means is between those who write and read it. */
export interface Payload {
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: unknown;
}

export type Tags = Readonly<Record<string, string>>;

export interface PromiseView {
  readonly id: string;
  readonly state: ProtocolState;
  readonly param: Payload;
  readonly value: Payload;
  readonly tags: Tags;
  readonly timeoutAt: number;
  readonly createdAt: number;
  readonly settledAt?: number;
}

export type TaskState = 'pending' | 'acquired' | 'suspended' | 'halted' | 'fulfilled';

interface Head {
  readonly corrId: string;
  readonly version: string;
}

interface Ask<Kind extends string, Data> {
  readonly kind: Kind;
  readonly head: Head;
  readonly data: Data;
}

export type CreatePromise = Ask<'promise.create', { readonly id: string; readonly timeoutAt: number; readonly param: Payload; readonly tags: Tags }>;
export type SettlePromise = Ask<'promise.settle', { readonly id: string; readonly state: ProtocolState; readonly value: Payload }>;
type TaskRef = { readonly id: string; readonly version: number };

/** What can be asked. */
export type ProtocolRequest =
  | Ask<'promise.get', { readonly id: string }>
  | CreatePromise
  | SettlePromise
  | Ask<'promise.register_callback', { readonly awaited: string; readonly awaiter: string }>
  | Ask<'promise.register_listener', { readonly awaited: string; readonly address: string }>
  | Ask<'promise.search', SearchPromises>
  | Ask<'task.get', { readonly id: string }>
  | Ask<'task.create', { readonly pid: string; readonly ttl: number; readonly action: CreatePromise }>
  | Ask<'task.acquire', TaskRef & { readonly pid: string; readonly ttl: number }>
  | Ask<'task.release', TaskRef>
  | Ask<'task.suspend', TaskRef & { readonly actions: readonly { readonly kind: 'promise.register_callback'; readonly head: Head; readonly data: { readonly awaited: string; readonly awaiter: string } }[] }>
  | Ask<'task.fulfill', TaskRef & { readonly action: SettlePromise }>
  | Ask<'task.fence', TaskRef & { readonly action: CreatePromise | SettlePromise }>
  | Ask<'task.halt', { readonly id: string }>
  | Ask<'task.continue', { readonly id: string }>
  | Ask<'task.heartbeat', { readonly pid: string; readonly tasks: readonly TaskRef[] }>;

export interface SearchPromises {
  readonly state?: ProtocolState;
  readonly tags?: Tags;
  readonly limit?: number;
  readonly cursor?: string;
}

/** What is answered: a status as in HTTP, and what was asked for, or a sentence that says why not. */
export interface ProtocolAnswer {
  readonly kind: string;
  readonly head: Head & { readonly status: number };
  readonly data: unknown;
}

/** What a worker is told: there is something to do, or a promise it listens to is settled. */
export type ProtocolMessage =
  | { readonly kind: 'execute'; readonly head: Readonly<Record<string, never>>; readonly data: { readonly task: TaskRef } }
  | { readonly kind: 'unblock'; readonly head: Readonly<Record<string, never>>; readonly data: { readonly promise: PromiseView } };

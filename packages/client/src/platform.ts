/** What the client needs of a browser or of Node, as far as it needs it. */

export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface FetchRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export type FetchLike = (url: string, request: FetchRequest) => Promise<FetchAnswer>;

/** A WebSocket as browsers and Node have it. */
export interface SocketLike {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  close(code?: number, reason?: string): void;
}

export type OpenSocket = (url: string, protocols: string[]) => SocketLike;

/** Waits, and ends early with the signal. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const waitForReal: Wait = async (milliseconds, signal) => {
  if (signal.aborted) return;
  const done = Promise.withResolvers<void>();
  const timer = setTimeout(() => done.resolve(), milliseconds);
  const onAbort = (): void => done.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await done.promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
};

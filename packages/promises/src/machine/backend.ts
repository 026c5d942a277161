import type { ProtocolAnswer, ProtocolMessage, ProtocolRequest } from './messages.ts';

/** Where the promises are: in this process, or at a server. */
export interface Backend {
  /** Where this process is told things. */
  readonly unicast: string;
  /** Where one of the processes that share the work is told things. */
  readonly anycast: string;
  /**
   * @throws HOLDFAST_PROMISES_UNAVAILABLE, HOLDFAST_PROMISES_UNAUTHORIZED, HOLDFAST_PROMISES_STORE_FAILED, HOLDFAST_PROMISES_CLOSED
   */
  readonly send: (request: ProtocolRequest) => Promise<ProtocolAnswer>;
  /**
   * What is told is given to one receiver, checked by nobody.
   *
   * @param runnable - the functions that this process can run, by {@link calleeName}; a backend that can choose gives it no others
   */
  onMessage(receive: (message: ProtocolMessage) => void, runnable: () => ReadonlySet<string>): void;
  /** The ids of settled promises, where the backend tells them without being asked. */
  readonly onSettled?: (receive: (ids: readonly string[]) => void) => void;
  /** Epoch milliseconds by the clock that decides about deadlines. */
  now(): number;
  close(): Promise<void>;
}

/** A function and its version, as one word. */
export function calleeName(name: string, version: unknown): string {
  return `${String(version)} ${name}`;
}

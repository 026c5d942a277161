/**
 * Follows a stream over WebSocket through every loss of connection: it remembers the last version, comes back with it,
 * and drops what it has already. A message that comes too early means that something was lost, so it comes back for
 * that as well. Nothing is given out of order, twice, or not at all.
 */
import type { JsonValue } from '@holdfast/protocol';
import { CloseCode, streamFrame, streamSubprotocol, tokenSubprotocol, type StreamMessage } from '@holdfast/protocol/api';
import { backoffMs } from './backoff.ts';
import { clientError } from './errors.ts';
import type { OpenSocket, SocketLike, Wait } from './platform.ts';

/** Something that a stream tells. */
export type StreamUpdate =
  | { readonly kind: 'message'; readonly message: StreamMessage }
  /** All that there was has come; what comes now is new. Comes after every connection. */
  | { readonly kind: 'live'; readonly version: number }
  /** Something that is not kept, such as a part of an answer that a model is still writing. Some may be lost. */
  | { readonly kind: 'delta'; readonly data: JsonValue };

export interface FollowOptions {
  /** The last version that you have. @default 0 */
  readonly from?: number;
  /** The most messages in one frame. @default 64 */
  readonly batch?: number;
  /** How often the server says that it lives; two and a half times that without a word, and the client comes back. @default 20 000 */
  readonly heartbeatMs?: number;
  /** Also what is not kept. @default false */
  readonly deltas?: boolean;
  readonly signal?: AbortSignal;
}

export interface StreamConnection extends FollowOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly openSocket: OpenSocket;
  readonly random: () => number;
  readonly wait: Wait;
}

/** Codes after which to come back makes no sense. */
const refusals: ReadonlySet<number> = new Set([1008, 1009, CloseCode.badRequest, CloseCode.unauthorized, CloseCode.forbidden, CloseCode.notFound, CloseCode.unsupportedVersion, CloseCode.unknownVersion]);

/** @throws HOLDFAST_CLIENT_STREAM_REFUSED with the close code in its data */
export async function* followStream({ signal = new AbortController().signal, from = 0, batch = 64, heartbeatMs = 20_000, deltas = false, url, token, openSocket, random, wait }: StreamConnection): AsyncGenerator<StreamUpdate, void> {
  let last = from;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const query = `?from=${last}&batch=${batch}&heartbeatMs=${heartbeatMs}${deltas ? '&deltas=true' : ''}`;
    const connection = new Connection(openSocket(url + query, [streamSubprotocol, ...(token === undefined ? [] : [tokenSubprotocol + base64url(token)])]), signal, heartbeatMs, wait);
    try {
      let isLive = false;
      for await (const frame of connection.frames()) {
        if (frame.type === 'heartbeat' && !('data' in frame)) {
          if (!isLive) yield { kind: 'live', version: last };
          isLive = true;
        } else if (frame.type === 'delta' && !('stream' in frame) && 'data' in frame) {
          yield { kind: 'delta', data: frame.data };
        } else {
          const messages = messagesOf(frame);
          for (const message of messages) {
            if (message.version <= last) continue;
            if (message.version > last + 1) break;
            attempt = 0;
            last = message.version;
            yield { kind: 'message', message };
          }
          if ((messages.at(-1)?.version ?? 0) > last) break; // something was lost on the way: come back for it
        }
      }
    } finally {
      connection.close();
    }
    const { code, reason } = connection.end;
    if (code === CloseCode.ended) return;
    if (refusals.has(code)) throw clientError('HOLDFAST_CLIENT_STREAM_REFUSED', `Cannot follow ${url}: ${reason === '' ? `closed with ${code}` : reason}`, { data: { code } });
    await wait(backoffMs(attempt, random), signal);
  }
}

type Frame = ReturnType<typeof streamFrame.parse>;

function messagesOf(frame: Frame): readonly StreamMessage[] {
  if ('events' in frame) return frame.events;
  return 'stream' in frame ? [frame] : [];
}

/** One connection: its frames as they come, and how it ended. */
class Connection {
  readonly #socket: SocketLike;
  readonly #signal: AbortSignal;
  readonly #ended = new AbortController();
  readonly #heartbeatMs: number;
  readonly #wait: Wait;
  readonly #waiting: Frame[] = [];
  #wake = Promise.withResolvers<void>();
  #heard = 0;
  #closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(socket: SocketLike, signal: AbortSignal, heartbeatMs: number, wait: Wait) {
    this.#socket = socket;
    this.#signal = signal;
    this.#heartbeatMs = heartbeatMs;
    this.#wait = wait;
    socket.addEventListener('message', ({ data }) => this.#take(data));
    socket.addEventListener('close', ({ code, reason }) => this.#finish({ code, reason })); // it follows every error
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#watch().catch(() => undefined); // without a watch, the connection's own end is enough
  }

  /** How it ended; 1006 where the client itself let go. */
  get end(): { readonly code: number; readonly reason: string } {
    return this.#closed ?? { code: 1006, reason: '' };
  }

  async *frames(): AsyncGenerator<Frame> {
    for (;;) {
      const frame = this.#waiting.shift();
      if (frame) yield frame;
      else if (this.#closed || this.#signal.aborted) return;
      else await this.#wake.promise;
    }
  }

  close(): void {
    this.#ended.abort();
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (!this.#closed) this.#socket.close(1000);
  }

  readonly #onAbort = (): void => this.#stir();

  #take(data: unknown): void {
    if (this.#ended.signal.aborted) return; // let go of already
    this.#heard += 1;
    const { success, data: frame } = streamFrame.safeParse(typeof data === 'string' ? JSON.parse(data) : undefined);
    if (!success) return; // of a later version of the protocol, and nothing that this one needs
    this.#waiting.push(frame);
    this.#stir();
  }

  #finish(closed: { readonly code: number; readonly reason: string }): void {
    this.#closed ??= closed;
    this.#ended.abort();
    this.#stir();
  }

  #stir(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** A server that says nothing for so long is gone, whatever the network thinks. */
  async #watch(): Promise<void> {
    for (let heard = -1; !this.#ended.signal.aborted; ) {
      if (heard === this.#heard) return this.#finish({ code: 1006, reason: 'the server is silent' });
      heard = this.#heard;
      await this.#wait(this.#heartbeatMs * 2.5, this.#ended.signal);
    }
    return undefined;
  }
}

/** Base64url of UTF-8, where there may be no Buffer. */
function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

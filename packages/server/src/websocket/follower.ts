import { CloseCode, type FollowQuery } from '@holdfast/protocol/api';
import type { JsonValue } from '@holdfast/protocol';
import type { WebSocket } from 'ws';
import type { EventSource } from '../stream/event-feed.ts';
import type { Feeds } from '../stream/feeds.ts';
import { StreamReader } from '../stream/reader.ts';
import { SocketSink } from './socket-sink.ts';

export interface FollowerOptions {
  readonly stream: string;
  readonly source: EventSource;
  readonly feeds: Feeds;
  readonly query: FollowQuery;
  /** A client that reads nothing for so long is cut off; it comes back with `from`. */
  readonly stalledMs: number;
  readonly onError: (error: unknown) => void;
  readonly onCut: () => void;
  readonly onSent: (events: number) => void;
}

/** How often the server asks whether a client is there, and how often it may not answer. */
const pingMs = 20_000;
const maxMissedPings = 2;

/** One WebSocket client of one stream. */
export class Follower {
  readonly stream: string;
  readonly #socket: WebSocket;
  readonly #options: FollowerOptions;
  readonly #reader: StreamReader;
  #stalled: { readonly version: number; readonly since: number } | undefined;
  #nextBeat: number | undefined;
  #nextPing: number | undefined;
  #missedPings = 0;

  constructor(socket: WebSocket, options: FollowerOptions) {
    const { stream, source, feeds, query, onError, onSent } = options;
    this.stream = stream;
    this.#socket = socket;
    this.#options = options;
    // The first heartbeat says that the client has caught up.
    const onCaughtUp = (): void => void (query.heartbeatMs !== undefined && setImmediate(() => this.#beat()));
    this.#reader = new StreamReader({
      stream,
      source,
      feeds,
      sink: new SocketSink(socket, { onSent, onCaughtUp }),
      afterVersion: query.from ?? 0,
      batch: query.batch ?? 1,
      onEnd: () => socket.close(CloseCode.ended, 'there is nothing to come'),
      onError,
    });
    socket.on('pong', () => (this.#missedPings = 0));
    socket.once('close', () => this.#reader.close());
  }

  /** Looks after the connection: a heartbeat or a ping where one is due, an end where the client is gone or reads nothing. */
  tend(now: number): void {
    this.#ping(now);
    this.#beatWhenDue(now);
    this.#cutWhenStalled(now);
  }

  /** Sends something that is not kept, unless the client has enough to do. */
  sendDelta(data: JsonValue): void {
    if (this.#options.query.deltas !== true || !this.#reader.isLive || this.#reader.isStalled) return;
    this.#socket.send(JSON.stringify({ type: 'delta', ...this.#reader.position, data }));
  }

  #ping(now: number): void {
    this.#nextPing ??= now + pingMs;
    if (now < this.#nextPing) return;
    this.#nextPing = now + pingMs;
    if (this.#missedPings >= maxMissedPings) return this.#socket.terminate();
    this.#missedPings += 1;
    return this.#socket.ping();
  }

  #beatWhenDue(now: number): void {
    const { heartbeatMs } = this.#options.query;
    if (heartbeatMs === undefined) return;
    this.#nextBeat ??= now + heartbeatMs;
    if (now < this.#nextBeat) return;
    this.#nextBeat = now + heartbeatMs;
    if (!this.#reader.isStalled) this.#beat();
  }

  #beat(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify({ type: 'heartbeat', ...this.#reader.position, timestamp: new Date().toISOString() }));
  }

  #cutWhenStalled(now: number): void {
    const { isStalled, position } = this.#reader;
    if (!isStalled) this.#stalled = undefined;
    else if (this.#stalled?.version !== position.version) this.#stalled = { version: position.version, since: now };
    else if (now - this.#stalled.since >= this.#options.stalledMs) this.#cut();
  }

  #cut(): void {
    this.#options.onCut();
    this.#socket.close(CloseCode.tooSlow, 'reconnect with from=VERSION, the last that you have');
    this.#socket.terminate();
  }
}

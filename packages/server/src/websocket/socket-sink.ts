import type { WebSocket } from 'ws';
import type { Entry } from '../stream/event-feed.ts';
import type { Sink } from '../stream/reader.ts';

/** While a client leaves more than this unread, it is sent no more. */
const maxBufferedBytes = 128 * 1024;
const isText = { binary: false };

export interface SocketSinkEvents {
  readonly onCaughtUp: () => void;
  readonly onSent: (events: number) => void;
}

/** Carries entries into a WebSocket: one message each, or batches for a client that takes them. */
export class SocketSink implements Sink {
  readonly #socket: WebSocket;
  readonly #events: SocketSinkEvents;
  #onFlushed: (() => void) | undefined;

  constructor(socket: WebSocket, events: SocketSinkEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  get isFull(): boolean {
    return this.#socket.bufferedAmount >= maxBufferedBytes;
  }

  write(entries: readonly Entry[]): void {
    const [first] = entries;
    const json = entries.length === 1 && first ? first.json : batchOf(entries);
    // The callback of a write is a promise of the socket's own; it is only worth its cost when somebody has to wait.
    if (this.#socket.bufferedAmount + json.length < maxBufferedBytes) this.#socket.send(json, isText);
    else this.#socket.send(json, isText, () => this.#flushed());
    this.#events.onSent(entries.length);
  }

  whenDrained(resume: () => void): void {
    this.#onFlushed = resume;
  }

  caughtUp(): void {
    this.#events.onCaughtUp();
  }

  /** An error closes the socket, which ends its reader. */
  #flushed(): void {
    const resume = this.#onFlushed;
    this.#onFlushed = undefined;
    resume?.();
  }
}

function batchOf(entries: readonly Entry[]): Buffer {
  const last = entries.at(-1);
  const parts: Buffer[] = [Buffer.from(`{"type":"batch","version":${last?.version ?? 0},"sequence":${last?.sequence ?? 0},"events":[`)];
  for (const [index, { json }] of entries.entries()) {
    if (index > 0) parts.push(comma);
    parts.push(json);
  }
  parts.push(end);
  return Buffer.concat(parts);
}

const comma = Buffer.from(',');
const end = Buffer.from(']}');

import type { OpenSocket, SocketLike } from '@holdfast/client';

interface Listeners {
  message?: (event: { readonly data: unknown }) => void;
  close?: (event: { readonly code: number; readonly reason: string }) => void;
}

/** A WebSocket whose server is the test. */
export class ScriptedSocket implements SocketLike {
  readonly url: URL;
  readonly protocols: readonly string[];
  isClosed = false;
  readonly #listeners: Listeners = {};

  constructor(url: string, protocols: readonly string[]) {
    this.url = new URL(url);
    this.protocols = protocols;
  }

  addEventListener(type: 'message' | 'close', listener: never): void {
    this.#listeners[type] = listener;
  }

  close(): void {
    this.isClosed = true;
  }

  /** The server says something. */
  say(frame: object): void {
    this.#listeners.message?.({ data: JSON.stringify(frame) });
  }

  /** The server, or the network, ends it. */
  end(code: number, reason = ''): void {
    this.#listeners.close?.({ code, reason });
  }
}

/** Sockets in the order in which the client opens them. */
export class Network {
  readonly sockets: ScriptedSocket[] = [];
  #opened = Promise.withResolvers<ScriptedSocket>();

  readonly open: OpenSocket = (url, protocols) => {
    const socket = new ScriptedSocket(url, protocols);
    this.sockets.push(socket);
    const opened = this.#opened;
    this.#opened = Promise.withResolvers();
    opened.resolve(socket);
    return socket;
  };

  /** The next one that is opened. */
  async next(): Promise<ScriptedSocket> {
    return this.#opened.promise;
  }
}

export function message(version: number, sequence = version): object {
  return { type: 'SOMETHING', stream: 'task', version, sequence, timestamp: '2026-01-01T00:00:00.000Z', data: { version } };
}

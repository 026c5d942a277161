import type { Random } from './random.ts';
import type { ServerProcess } from './server-process.ts';

interface Told {
  readonly version: number;
  readonly sequence: number;
}

/** A client that hangs up at any moment, comes back with the last version that it has, and keeps all it was told. */
export abstract class Follower {
  readonly told: Told[] = [];
  disconnects = 0;
  protected readonly server: ServerProcess;
  protected readonly session: string;
  readonly #random: Random;
  #connection = new AbortController();

  constructor(server: ServerProcess, session: string, random: Random) {
    this.server = server;
    this.session = session;
    this.#random = random;
  }

  abstract readonly name: string;

  get version(): number {
    return this.told.at(-1)?.version ?? 0;
  }

  /** Follows until it has reached a version; `whenToStop` gives Infinity until that is known. */
  async run(whenToStop: () => number): Promise<void> {
    while (this.version < whenToStop()) {
      const connection = new AbortController();
      this.#connection = connection;
      const most = this.#random.below(25) + 1;
      let left = most;
      try {
        for await (const message of this.connect(connection.signal)) {
          this.told.push(message);
          left -= 1;
          if (left === 0 || this.version >= whenToStop()) break;
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20)); // the server is dead for now
      }
      connection.abort();
      if (left < most) this.disconnects += 1;
    }
  }

  /** Ends the connection; it comes back if it has not everything. */
  hangUp(): void {
    this.#connection.abort();
  }

  protected abstract connect(signal: AbortSignal): AsyncIterable<Told>;
}

export class SocketFollower extends Follower {
  readonly name = 'WebSocket';

  protected override async *connect(signal: AbortSignal): AsyncGenerator<Told> {
    const socket = new WebSocket(`${this.server.url.replace('http', 'ws')}/ws/sessions/${this.session}?from=${this.version}&batch=${1 + (this.disconnects % 64)}`, ['holdfast.v1', `holdfast.token.${Buffer.from(this.server.token).toString('base64url')}`]);
    const waiting: Told[] = [];
    let isClosed = false;
    let wake = Promise.withResolvers<void>();
    const stir = (): void => {
      wake.resolve();
      wake = Promise.withResolvers();
    };
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Told & { readonly events?: readonly Told[] };
      waiting.push(...(frame.events ?? [frame]));
      stir();
    });
    socket.addEventListener('close', () => {
      isClosed = true;
      stir();
    });
    signal.addEventListener('abort', () => socket.close(), { once: true });
    try {
      for (;;) {
        const next = waiting.shift();
        if (next) yield next;
        else if (isClosed) throw new Error('closed');
        else await wake.promise;
      }
    } finally {
      socket.close();
    }
  }
}

/** Follows over HTTP, line by line. */
abstract class LineFollower extends Follower {
  protected async *lines(path: string, headers: Record<string, string>, signal: AbortSignal): AsyncGenerator<string> {
    const response = await fetch(this.server.url + path, { headers: { authorization: `Bearer ${this.server.token}`, ...headers }, signal });
    if (!response.ok || !response.body) throw new Error(`answered ${response.status}`);
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? ''; // half a line, when the server dies in the middle of one, is none
      yield* parts;
    }
  }
}

export class NdjsonFollower extends LineFollower {
  readonly name = 'NDJSON';

  protected override async *connect(signal: AbortSignal): AsyncGenerator<Told> {
    for await (const line of this.lines(`/sessions/${this.session}/events?follow=true&afterVersion=${this.version}`, { accept: 'application/x-ndjson' }, signal)) {
      if (line !== '') yield JSON.parse(line) as Told;
    }
  }
}

export class SseFollower extends LineFollower {
  readonly name = 'SSE';

  protected override async *connect(signal: AbortSignal): AsyncGenerator<Told> {
    let data = '';
    for await (const line of this.lines(`/sessions/${this.session}/events`, { accept: 'text/event-stream', 'last-event-id': String(this.version) }, signal)) {
      if (line.startsWith('data: ')) data = line.slice(6);
      if (line !== '' || data === '') continue;
      yield JSON.parse(data) as Told;
      data = '';
    }
  }
}

import { token } from './running-holdfast.ts';

export interface Message {
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FollowOptions {
  readonly from?: number | string;
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

/** A WebSocket client that keeps all it is told. */
export class Follower {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly opened = Promise.withResolvers<void>();
  readonly closed = Promise.withResolvers<{ code: number; reason: string }>();
  #changed = Promise.withResolvers<void>();

  constructor(url: string, path: string, { from, protocols = ['holdfast.v1'], headers = { authorization: `Bearer ${token}` } }: FollowOptions = {}) {
    this.socket = new WebSocket(`${url.replace(/^http/u, 'ws')}${path}${from === undefined ? '' : `?from=${from}`}`, { protocols, headers });
    this.socket.addEventListener('open', () => this.opened.resolve());
    this.socket.addEventListener('message', ({ data }) => {
      this.messages.push(JSON.parse(String(data)));
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
    this.socket.addEventListener('close', ({ code, reason }) => this.closed.resolve({ code, reason }));
  }

  /** Waits until a message is there. */
  async until(isIt: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(isIt);
      if (found) return found;
      await this.#changed.promise;
    }
  }

  async untilType(type: string): Promise<Message> {
    return this.until((message) => message.type === type);
  }
}

/** Follows a session. */
export function follow(url: string, sessionId: string, options?: FollowOptions): Follower {
  return new Follower(url, `/ws/sessions/${encodeURIComponent(sessionId)}`, options);
}

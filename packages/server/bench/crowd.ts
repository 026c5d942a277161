import { WebSocket } from 'ws';
import { token } from './measured.ts';

/** Clients that count what they are told. */
export class Crowd {
  readonly #sockets: readonly WebSocket[];
  #left = 0;
  #done = Promise.withResolvers<void>();

  private constructor(sockets: readonly WebSocket[]) {
    this.#sockets = sockets;
    for (const socket of sockets) {
      socket.on('message', () => {
        this.#left -= 1;
        if (this.#left === 0) this.#done.resolve();
      });
    }
  }

  static async open(port: number, count: number): Promise<Crowd> {
    const sockets: WebSocket[] = [];
    for (let each = 0; each < count; each += 1) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/sessions/bench`, ['holdfast.v1'], { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
      sockets.push(socket);
      await new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 300)); // until every one has caught up with nothing
    return new Crowd(sockets);
  }

  /** Until every client was told of so many events. */
  async told(events: number): Promise<void> {
    this.#left = events * this.#sockets.length;
    this.#done = Promise.withResolvers();
    return this.#done.promise;
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}

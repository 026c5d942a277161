/**
 * The main thread's way to places of the user's own source. Only the control thread, which edits cells, knows how, and
 * only few stacks are ever looked at, so the places are asked for one by one, and waited for.
 */
import { MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Atomics, Int32Array, Map, Reflect } from './intrinsics.ts';

/** A place in the evaluated text of a cell, by the name that V8 has for the cell. */
export interface AskedPlace {
  readonly number: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The same place in the source of the user; without a place where the file is no cell. */
export interface FoundPlace {
  readonly number: number;
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
}

// oxlint-disable-next-line typescript/unbound-method -- called on a port each time
const { postMessage } = MessagePort.prototype;
/** A control thread that takes longer is not coming, and a stack with places of the evaluated text is better than none. */
const patienceMs = 1000;

export class PlaceAsker {
  readonly #port: MessagePort;
  readonly #bell: Int32Array;
  readonly #known = new Map<string, FoundPlace['place']>();
  #count = 0;

  /** @param bell counts the answers */
  constructor(port: MessagePort, bell: SharedArrayBuffer) {
    this.#port = port;
    this.#bell = new Int32Array(bell);
  }

  /** Blocks this thread until the place is found; undefined for a file that is no cell. */
  find(file: string, line: number, column: number): FoundPlace['place'] {
    const key = `${line}:${column}:${file}`;
    if (!this.#known.has(key)) this.#known.set(key, this.#ask(file, line, column));
    return this.#known.get(key);
  }

  /** A new cell may have the name of an earlier one. */
  forget(): void {
    this.#known.clear();
  }

  #ask(file: string, line: number, column: number): FoundPlace['place'] {
    const asked: AskedPlace = { number: ++this.#count, file, line, column };
    Reflect.apply(postMessage, this.#port, [asked]);
    for (;;) {
      const rung = Atomics.load(this.#bell, 0);
      const received: { readonly message: FoundPlace } | undefined = receiveMessageOnPort(this.#port);
      // An answer to an earlier question that was terminated may still lie there.
      if (received?.message.number === asked.number) return received.message.place;
      if (!received && Atomics.wait(this.#bell, 0, rung, patienceMs) === 'timed-out') return undefined;
    }
  }
}

/**
 * The main thread's end of questions to the host. A question lies on a port, and a record of the output ring says so,
 * which keeps it behind everything that was written before. The answer comes back on the port. Whoever cannot wait for
 * the event loop sleeps on a bell in shared memory, which the control thread rings, so nothing else need run here.
 */
import { MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { JsonValue } from '@holdfast/protocol';
import { Atomics, DOMException, Error, Int32Array, Map, Object, Promise, Reflect, TypeError, Uint8Array } from './intrinsics.ts';
import { RecordKind, type RingWriter } from './output-ring.ts';
import { placedAt } from './placed-at.ts';
import type { Question, QuestionAnswer, QuestionFailure } from './question.ts';

// oxlint-disable-next-line typescript/unbound-method -- called on a port each time
const { postMessage } = MessagePort.prototype;
// oxlint-disable-next-line typescript/unbound-method -- called on a promise each time
const { then } = Promise.prototype;
const nothing = new Uint8Array(0);

export interface HostAskerOptions {
  readonly port: MessagePort;
  /** Counts the answers that the control thread put on the port. */
  readonly bell: SharedArrayBuffer;
  readonly ring: RingWriter;
  readonly currentOrdinal: () => number;
  /** Called when a cell learns from an answer that it was cancelled. */
  readonly onCancelled: (ordinal: number) => void;
}

export class HostAsker {
  readonly #options: HostAskerOptions;
  readonly #bell: Int32Array;
  readonly #waiting = new Map<number, (answer: QuestionAnswer) => void>();
  #count = 0;

  constructor(options: HostAskerOptions) {
    this.#options = options;
    this.#bell = new Int32Array(options.bell);
    options.port.on('message', (answer: QuestionAnswer) => this.#settle(answer));
    options.port.unref();
  }

  /** Asks, and blocks this thread until the answer is there. */
  askNow(question: Question): JsonValue {
    const ordinal = this.#options.currentOrdinal();
    const answer = this.#waitFor(this.#ask(question));
    if (answer.ok) return answer.value;
    if (answer.failure.name === 'AbortError') this.#options.onCancelled(ordinal);
    throw errorOf(answer.failure);
  }

  /** Asks, and settles with the answer. A cancellation of the cell is no unhandled rejection of its own. */
  ask(question: Question): Promise<JsonValue> {
    const { promise, resolve, reject } = Promise.withResolvers<JsonValue>();
    const number = this.#count + 1;
    const asked = new Error();
    this.#waiting.set(number, (answer) => {
      if (answer.ok) return resolve(answer.value);
      if (answer.failure.name === 'AbortError') void Reflect.apply(then, promise, [undefined, () => undefined]);
      reject(placedAt(asked, errorOf(answer.failure)));
    });
    this.#ask(question);
    return promise;
  }

  /** What becomes of a question that cannot be asked. */
  refuse(message: string): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    reject(new TypeError(message));
    return promise;
  }

  #ask(question: Question): number {
    this.#count += 1;
    Reflect.apply(postMessage, this.#options.port, [{ number: this.#count, question }]);
    this.#options.ring.write(RecordKind.question, this.#options.currentOrdinal(), nothing);
    return this.#count;
  }

  #waitFor(number: number): QuestionAnswer {
    for (;;) {
      const rung = Atomics.load(this.#bell, 0);
      for (let answer = this.#receive(); answer; answer = this.#receive()) {
        if (answer.number === number) return answer;
        this.#settle(answer);
      }
      Atomics.wait(this.#bell, 0, rung);
    }
  }

  #receive(): QuestionAnswer | undefined {
    const received: { readonly message: QuestionAnswer } | undefined = receiveMessageOnPort(this.#options.port);
    return received?.message;
  }

  /** An answer that nobody waits for was for a cell that has been stopped. */
  #settle(answer: QuestionAnswer): void {
    const settle = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    settle?.(answer);
  }
}

function errorOf({ name, message, ...facts }: QuestionFailure): Error {
  if (name === 'AbortError') return new DOMException(message, name);
  const error = new Error(message);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return Object.assign(error, facts);
}

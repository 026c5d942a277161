import { Object } from './intrinsics.ts';
import type { Namespace } from './namespace.ts';

export interface HistoryOptions {
  /** How many inputs and outputs `In` and `Out` keep. @default 1000 */
  readonly maxEntries?: number;
}

/**
 * The engine's memory of a session: `_` and its elders for results, `_i` and its elders for inputs, `In` and `Out` by number.
 *
 * Each method is one synchronous step, so nothing that runs at the same time sees half of one.
 */
export class History {
  readonly #namespace: Namespace;
  readonly #maxEntries: number;
  readonly #inputs: Record<number, string> = {};
  readonly #outputs: Record<number, unknown> = {};

  constructor(namespace: Namespace, { maxEntries = 1000 }: HistoryOptions = {}) {
    this.#namespace = namespace;
    this.#maxEntries = maxEntries;
    const none = Object.fromEntries(['_', '__', '___', '_exit_code', '_exception'].map((name) => [name, undefined]));
    const empty = Object.fromEntries(['_i', '_ii', '_iii'].map((name) => [name, '']));
    // A second history of the same namespace takes over what the first one remembers.
    const fresh = Object.entries({ ...none, ...empty }).filter(([name]) => !Object.hasOwn(namespace.target, name));
    Object.assign(this.#inputs, namespace.get('In'));
    Object.assign(this.#outputs, namespace.get('Out'));
    namespace.update({ ...Object.fromEntries(fresh), ...this.#entries() }, { source: 'engine' });
  }

  /** Remembers what is about to run. */
  recordInput(source: string, index: number): void {
    this.#keep(this.#inputs, index, source);
    delete this.#outputs[index - this.#maxEntries]; // not every cell has a result to push an older one out
    this.#set({ _iii: this.#namespace.get('_ii'), _ii: this.#namespace.get('_i'), _i: source, ...this.#entries() });
  }

  /** Remembers a completion value; `undefined` is no value and moves nothing. */
  recordExpressionResult(value: unknown, index: number): void {
    if (value === undefined) return;
    this.#keep(this.#outputs, index, value);
    this.#set({ ___: this.#namespace.get('__'), __: this.#namespace.get('_'), _: value, ...this.#entries() });
  }

  /** Remembers what was thrown, until the next failure. */
  recordException(thrown: unknown): void {
    this.#set({ _exception: thrown });
  }

  /** Remembers the exit code of the last child command or of the cell itself. */
  recordExitCode(code: number): void {
    this.#set({ _exit_code: code });
  }

  /** Cells are numbered one by one, so the entry that falls out of the window is known without a search. */
  #keep<Value>(entries: Record<number, Value>, index: number, value: Value): void {
    entries[index] = value;
    delete entries[index - this.#maxEntries];
  }

  #entries(): Readonly<Record<string, unknown>> {
    return { In: this.#inputs, _ih: this.#inputs, Out: this.#outputs, _oh: this.#outputs };
  }

  /** Writes what differs: writing into a global object is slow, and most entries stand there already. */
  #set(entries: Readonly<Record<string, unknown>>): void {
    const changed: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(entries)) if (!Object.is(this.#namespace.get(name), value)) changed[name] = value;
    this.#namespace.update(changed, { source: 'engine' });
  }
}

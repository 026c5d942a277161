/** Durable functions over a backend, whichever it is. */
import { maxIdCharacters } from '@holdfast/protocol';
import { decodeValue } from '../codec/decode-value.ts';
import { encodeFailure } from '../codec/encode-value.ts';
import { promisesError } from '../errors.ts';
import { isSameJson } from '../json.ts';
import type { Backend } from '../machine/backend.ts';
import { lastInstant } from '../machine/machine.ts';
import type { PromiseView } from '../machine/messages.ts';
import type { Place } from '../resonate.ts';
import type { PromiseStore, WaitOptions } from '../store/promise-store.ts';
import { createAsk, searchPending, type Ask } from './ask.ts';
import type { CallOptions } from './context.ts';
import { createContext } from './create-context.ts';
import type { DurableBody, DurableFunction, DurableFunctionOptions } from './durable-function.ts';
import { Encoded, EncodedFailure } from './encoded.ts';
import { BackendPromiseStore } from './external-promises.ts';
import type { ResolvedEngineOptions } from './open-promises-options.ts';
import type { Pass } from './pass.ts';
import type { Promises, Run, RunState } from './promises.ts';
import { rootId } from './root-id.ts';
import { PromiseSchedules, type Schedules } from './schedules.ts';
import { cancelledError, outcomeOf, stateOf } from './settlement.ts';
import { encode } from './step.ts';
import { Waiters } from './waiters.ts';
import { Worker } from './worker.ts';

const defaultTimeoutMs = 30 * 86_400_000;
/** Marks the ids below a root as counted the way this version counts them. */
const schemeTag = { 'holdfast:ids': 'colon-1' };
/** The second argument of a run that goes on for another one, which takes its result. */
const generation = 'generation';

interface Definition extends DurableFunctionOptions {
  readonly name: string;
  readonly version: number;
  readonly body: DurableBody<unknown, unknown>;
}

/** What a body led to: its result, or the input with which it begins anew. */
type BodyOutcome = { readonly value: unknown } | { readonly next: unknown };

export class Engine implements Promises {
  readonly external: PromiseStore;
  readonly schedules: Schedules;
  readonly options: ResolvedEngineOptions;
  readonly #backend: Backend;
  readonly #ask: Ask;
  readonly #waiters: Waiters;
  readonly #worker: Worker;
  readonly #definitions = new Map<DurableFunction<never, unknown>, Definition>();
  #closed: Promise<void> | undefined;

  constructor(backend: Backend, pid: string, options: ResolvedEngineOptions) {
    this.#backend = backend;
    this.options = options;
    this.#ask = createAsk((request) => backend.send(request), options.newId);
    this.#waiters = new Waiters(this.#ask, backend);
    this.#worker = new Worker({
      ...options,
      backend,
      pid,
      onUnblock: (view) => this.#waiters.settle(view),
      settled: (id, signal) => this.#waiters.wait(id, signal),
    });
    this.external = new BackendPromiseStore({ backend, ask: this.#ask, waiters: this.#waiters, newId: options.newId });
    this.schedules = new PromiseSchedules({
      ask: this.#ask,
      search: async (tags) => searchPending((request) => backend.send(request), options.newId, tags),
      now: () => this.now(),
      encodeInput: (callee, input) => this.encodeInput(callee, input),
      timeoutMs: (callee) => this.timeoutMs(callee),
      define: (name, body) => this.define(name, body),
      start: async (callee, id, input) => this.start(callee, id, input, { timeoutMs: lastInstant }),
      cancel: async (id, reason) => this.cancel(id, reason),
      startNamed: async (callee, id, input, timeoutMs) => this.#startNamed(callee, rootId(id), input, timeoutMs),
    });
    this.#worker.start();
  }

  define<Input, Output>(name: string, body: DurableBody<Input, Output>, options: DurableFunctionOptions<Input, Output> = {}): DurableFunction<Input, Output> {
    const { version = 1 } = options;
    if (name === '' || !Number.isSafeInteger(version) || version < 1) throw new TypeError(`Cannot define "${name}": it needs a name, and a version from 1`);
    if (this.#worker.has(name, version)) {
      throw promisesError('HOLDFAST_PROMISES_FUNCTION_TAKEN', `Cannot define "${name}": version ${version} is already defined`, { data: { name, version } });
    }
    const defined: DurableFunction<Input, Output> = Object.freeze({ name, version, run: body });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- input and output are checked by the schemas, or not at all
    const definition = { ...options, name, version, body } as unknown as Definition;
    this.#definitions.set(defined, definition);
    this.#worker.register(name, version, (place, text, mode) => this.#runBody(definition, place, text ?? '', mode));
    return defined;
  }

  async start<Input, Output>(callee: DurableFunction<Input, Output>, id: string, input: Input, options?: CallOptions): Promise<Run<Output>> {
    const root = rootId(id);
    const { view, param } = await this.#startNamed(callee, root, this.encodeInput(callee, input), this.timeoutMs(callee, options));
    if (view && isSameCall(String(view.param.data), param)) return this.#run<Output>(id, root);
    throw promisesError('HOLDFAST_PROMISES_DUPLICATE', `Cannot start run "${id}": it exists with another function or another input`, { data: { id } });
  }

  async #startNamed(callee: { readonly name: string; readonly version: number }, root: string, input: string, timeoutMs: number): Promise<{ readonly view: PromiseView | undefined; readonly param: string }> {
    const param = JSON.stringify({ func: callee.name, args: [input], version: callee.version });
    const tags = { ...schemeTag, 'resonate:origin': root, 'resonate:branch': root, 'resonate:parent': root, 'resonate:scope': 'global', 'resonate:target': this.#backend.anycast };
    const timeoutAt = Math.min(lastInstant, this.now() + timeoutMs);
    const view = await this.#ask('promise.create', { id: root, timeoutAt, param: { headers: {}, data: param }, tags });
    return { view, param };
  }

  async attach<Output>(id: string): Promise<Run<Output>> {
    return this.#run<Output>(id, (await this.#find(id)).id);
  }

  async result<Output>(id: string, options?: WaitOptions): Promise<Output> {
    return this.#result<Output>((await this.#find(id)).id, options);
  }

  /** Of a run or of any other promise in its tree. What is below it is cancelled too. */
  async cancel(id: string, reason: string): Promise<boolean> {
    const value = { headers: {}, data: encodeFailure(cancelledError(id, reason)) };
    const before = await this.#locate(id);
    if (before?.state !== 'pending') return false;
    const after = await this.#ask('promise.settle', { id: before.id, state: 'rejected_canceled', value });
    await this.#cancelBelow(before.id, value);
    return after?.value.data === value.data;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  // What a context needs

  now(): number {
    return this.#backend.now();
  }

  timeoutMs(callee: DurableFunction<never, unknown>, options: CallOptions = {}): number {
    const ms = options.timeoutMs ?? this.#definition(callee).timeoutMs ?? defaultTimeoutMs;
    if (ms > 0) return Math.min(ms, lastInstant - this.now());
    throw new RangeError(`Cannot give "${callee.name}" ${ms} ms: timeoutMs is more than 0`);
  }

  /** @throws HOLDFAST_PROMISES_INVALID_INPUT, HOLDFAST_PROMISES_NOT_DEFINED, HOLDFAST_PROMISES_NOT_ENCODABLE */
  encodeInput<Input>(callee: DurableFunction<Input, unknown>, input: Input): string {
    const definition = this.#definition(callee);
    const { text } = encode(input, `the input of "${callee.name}"`, this.options.maxValueCharacters);
    parseInput(definition, decodeValue(text));
    return text;
  }

  /** Makes sure that the steps of a pass hear of the end of their run. */
  watch(pass: Pass): void {
    if (pass.isWatched) return;
    pass.isWatched = true;
    this.#worker.watch(pass);
  }

  /** Settles when a promise does that this pass waits for, while the pass still has steps running. */
  async settledElsewhere(id: string, pass: Pass): Promise<void> {
    await pass.whenRecorded(id);
    await this.#waiters.wait(id, pass.controller.signal).catch(() => new Promise<never>(() => undefined));
  }

  async #close(): Promise<void> {
    try {
      await this.external.close();
      await this.#worker.close(this.options.closeGraceMs);
    } finally {
      this.#waiters.close(promisesError('HOLDFAST_PROMISES_CLOSED', 'Cannot wait any longer: the promises are closed'));
      await this.#backend.close();
    }
  }

  #definition(callee: DurableFunction<never, unknown>): Definition {
    const definition = this.#definitions.get(callee);
    if (definition) return definition;
    throw promisesError('HOLDFAST_PROMISES_NOT_DEFINED', `Cannot use "${callee.name}": it is not defined by these promises`);
  }

  async #runBody(definition: Definition, place: Place, text: string, mode: string | undefined): Promise<Encoded> {
    try {
      let outcome = await this.#runOnce(definition, place, text);
      if (mode === generation) return encode(outcome, `the result of "${definition.name}"`, this.options.maxValueCharacters);
      while ('next' in outcome) {
        const next = encode(outcome.next, `the input of "${definition.name}"`, this.options.maxValueCharacters);
        // oxlint-disable-next-line no-await-in-loop -- one generation after the other
        const after = await place.remote(definition.name, definition.version, [next.text, generation], lastInstant).outcome;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the branch above returns
        outcome = decodeValue(after.text) as BodyOutcome;
      }
      return encode(parseOutput(definition, outcome.value), `the result of "${definition.name}"`, this.options.maxValueCharacters);
    } catch (error) {
      throw new EncodedFailure(error instanceof Encoded || error instanceof EncodedFailure ? error.text : encodeFailure(error));
    }
  }

  async #runOnce(definition: Definition, place: Place, text: string): Promise<BodyOutcome> {
    const input = parseInput(definition, decodeValue(text));
    const next = Promise.withResolvers<BodyOutcome>();
    const continueAs = (again: unknown): Promise<never> => {
      next.resolve({ next: again });
      return new Promise<never>(() => undefined);
    };
    const pass = this.#worker.passOf(place.id);
    const context = createContext(place, pass, this, continueAs);
    const run = async (): Promise<BodyOutcome> => ({ value: await definition.body(context, input) });
    return Promise.race([run(), next.promise, pass.brokenOff]);
  }

  #run<Output>(id: string, root: string): Run<Output> {
    return Object.freeze({
      id,
      result: (options?: WaitOptions) => this.#result<Output>(root, options),
      state: async (): Promise<RunState> => stateOf(await this.#find(id)),
      cancel: (reason: string) => this.cancel(id, reason),
    });
  }

  async #result<Output>(root: string, { signal }: WaitOptions = {}): Promise<Output> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the caller says its run gives
    return outcomeOf(await this.#waiters.wait(root, signal)) as Output;
  }

  async #find(id: string): Promise<PromiseView> {
    const view = await this.#locate(id);
    if (view) return view;
    throw promisesError('HOLDFAST_PROMISES_NOT_FOUND', `Cannot find run "${id}"`, { data: { id } });
  }

  /** Runs have the ids of whoever started them; what they called has ids of its own, which have a colon in them and may be longer. */
  async #locate(id: string): Promise<PromiseView | undefined> {
    const mayBeCalled = id.includes(':');
    const mayBeRun = !mayBeCalled || id.length <= maxIdCharacters;
    const run = mayBeRun ? await this.#ask('promise.get', { id: rootId(id) }) : undefined;
    return run ?? (mayBeCalled ? this.#ask('promise.get', { id }) : undefined);
  }

  /** What was spawned goes on by itself: its id has a `d` after that of the root, where a call has a number. */
  async #cancelBelow(id: string, value: { readonly headers: object; readonly data: string }): Promise<void> {
    const origin = id.split(':', 1)[0] ?? id;
    const prefix = id === origin ? `${id}:` : `${id}.`;
    const isBelow = (part: string): boolean => part.startsWith(prefix) && !part.startsWith(`${prefix}d`);
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- what was cancelled may just have made another one
      const pending = await searchPending((request) => this.#backend.send(request), this.options.newId, { 'resonate:origin': origin });
      const below = pending.filter((part) => isBelow(part.id));
      if (below.length === 0) return;
      // oxlint-disable-next-line no-await-in-loop -- as above
      await Promise.all(below.map((part) => this.#ask('promise.settle', { id: part.id, state: 'rejected_canceled', value: { headers: {}, data: value.data } })));
    }
  }
}

/** Whether two kept calls are of the same function with the same input, whatever the order of its keys. */
function isSameCall(left: string, right: string): boolean {
  const [one, other]: readonly { readonly func: string; readonly version: number; readonly args: readonly string[] }[] = [JSON.parse(left), JSON.parse(right)];
  if (one?.func !== other?.func || one?.version !== other?.version) return false;
  return isSameJson(JSON.parse(one?.args[0] ?? 'null'), JSON.parse(other?.args[0] ?? 'null'));
}

function parseInput({ name, input }: Definition, value: unknown): unknown {
  try {
    return input ? input.parse(value) : value;
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_INVALID_INPUT', `Cannot run "${name}": its schema refuses the input`, { cause, data: { name } });
  }
}

function parseOutput({ name, output }: Definition, value: unknown): unknown {
  try {
    return output ? output.parse(value) : value;
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_UNEXPECTED_RESULT', `Cannot end "${name}": its schema refuses the result`, { cause, data: { name } });
  }
}

/** What a durable function is given, over a place in it. */
import type { JsonValue } from '@holdfast/protocol';
import { decodeValue } from '../codec/decode-value.ts';
import { encodeFailure } from '../codec/encode-value.ts';
import { promisesError } from '../errors.ts';
import type { AnswerSchema } from '../external.ts';
import { copyJson } from '../json.ts';
import { lastInstant } from '../machine/machine.ts';
import { passTag, type Operation, type Place } from '../resonate.ts';
import type { CallOptions, Durable, DurableContext, ExternalQuestion, RaceWinner, Results } from './context.ts';
import type { DurableFunction } from './durable-function.ts';
import { Encoded, EncodedFailure } from './encoded.ts';
import type { Engine } from './engine.ts';
import type { Pass } from './pass.ts';
import { cancelledError, kindTag, timeoutError } from './settlement.ts';
import { encode, runStep } from './step.ts';

const dayMs = 86_400_000;

export function createContext(place: Place, pass: Pass, engine: Engine, continueAs: (input: unknown) => Promise<never>): DurableContext {
  const { options } = engine;
  /** The operations that other processes settle. */
  const remote = new Set<string>();
  /** The operations that call others here. */
  const branches = new Set<string>();
  let allCount = 0;

  /**
   * Every call is made here: a branch that lost calls nothing more, and neither does the body of a pass that was abandoned.
   * That one hears of nothing any more, for what it would do about it belongs to no run.
   */
  const begin = (call: () => Operation): Operation => {
    const reason = pass.endOf(place.id);
    if (reason) return { id: place.id, outcome: Promise.reject(reason) };
    if (pass.abandoned !== undefined) return { id: place.id, outcome: never() };
    const { id, outcome } = call();
    return {
      id,
      outcome: outcome.catch((error: unknown) => {
        if (pass.abandoned === undefined) throw error;
        return never();
      }),
    };
  };

  const local: DurableContext['step'] = (name, work, stepOptions = {}) => {
    engine.watch(pass);
    return durable(begin(() => place.local(`step:${name}`, (own) => runStep(own, name, work, stepOptions, pass, options))));
  };

  const elsewhere = <Value>(call: () => Operation): Durable<Value> => {
    const operation = begin(call);
    remote.add(operation.id);
    return durable(operation);
  };

  const sleep = (until: number | Date): Durable<void> => {
    checkTime(until);
    return elsewhere(() => place.sleep(until instanceof Date ? until : new Date(Math.min(lastInstant, engine.now() + Math.max(0, until)))));
  };

  const race = async <Operations extends Readonly<Record<string, Durable<unknown>>>>(operations: Operations): Promise<RaceWinner<Operations>> => {
    const names = Object.keys(operations);
    if (names.length === 0) throw new TypeError('Cannot race: there is no operation');
    const ended = new Set<string>();
    const first = await Promise.race(names.map(async (name) => settled(name, operations[name]).finally(() => ended.add(name))));
    const winner = await durable<string>(begin(() => place.local('race', async () => new Encoded(JSON.stringify(first)))));
    // After its record, so that no pass takes a loser for the winner; a pass after a crash in between makes good for it.
    await Promise.all(names.filter((name) => name !== winner && !ended.has(name)).map((name) => cancel(operations[name])));
    const value = await operations[winner];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the winner is one of the names
    return { winner, value } as RaceWinner<Operations>;
  };

  /** Which failure came first is recorded: a later pass finds several at once. Successes need no record, for their order is given. */
  const all = async <Operations extends readonly Promise<unknown>[]>(operations: readonly [...Operations]): Promise<Results<Operations>> => {
    const name = `all${allCount++}`;
    let first: number | undefined;
    const watched = operations.map(async (operation, index) => {
      try {
        return await operation;
      } catch (error) {
        first ??= index;
        throw error;
      }
    });
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what Promise.all does to a tuple
      return (await Promise.all(watched)) as Results<Operations>;
    } catch (error) {
      const recorded = await durable<number>(begin(() => place.named(name, async () => new Encoded(JSON.stringify(first)))));
      await operations[recorded]; // Throws.
      throw error;
    }
  };

  /** The name, once the operation is settled, in whatever way and by whomever. */
  const settled = async (name: string, operation: Durable<unknown> | undefined): Promise<string> => {
    if (!operation) throw new TypeError(`Cannot race: "${name}" is no operation`);
    const here = operation.then(
      () => name,
      () => name,
    );
    return remote.has(operation.id) ? Promise.race([here, engine.settledElsewhere(operation.id, pass).then(() => name)]) : here;
  };

  const cancel = async (operation: Durable<unknown> | undefined): Promise<void> => {
    if (!operation) return;
    const reason = 'another operation was faster';
    pass.end(operation.id, cancelledError(operation.id, reason));
    if (remote.has(operation.id) || branches.has(operation.id)) await engine.cancel(operation.id, reason);
  };

  function external<Answer>(question: ExternalQuestion & { readonly schema: AnswerSchema<Answer> }): Durable<Answer>;
  function external(question: ExternalQuestion): Durable<JsonValue>;
  function external({ kind, data = null, deadline = dayMs, schema }: ExternalQuestion & { readonly schema?: AnswerSchema<unknown> }): Durable<unknown> {
    checkTime(deadline);
    const timeoutMs = deadline instanceof Date ? deadline.getTime() - engine.now() : deadline;
    const question = { kind, data: copyJson(data, 'the data of a question') };
    const answer = elsewhere<unknown>(() => place.external(timeoutMs, question, { [kindTag]: kind }));
    return schema ? identified(answer.id, answer.then((value) => parseAnswer(answer.id, value, schema))) : answer;
  }

  return {
    id: place.id,
    step: local,
    once: (name, work, onceOptions = {}) => {
      engine.watch(pass);
      const run = async (own: Place): Promise<Encoded> => {
        if (pass.beganBy.get(own.id) === pass.token) return runStep(own, name, work, onceOptions, pass, options);
        throw promisesError('HOLDFAST_PROMISES_INTERRUPTED', `Cannot say how far "${name}" came: its process ended meanwhile`, { data: { id: own.id } });
      };
      return durable(begin(() => place.local(`once:${name}`, run, { [passTag]: pass.token })));
    },
    call: (callee, input, callOptions) =>
      elsewhere(() => place.remote(callee.name, callee.version, [engine.encodeInput(callee, input)], engine.timeoutMs(callee, callOptions))),
    spawn: (callee, input, callOptions) => spawn(callee, input, callOptions),
    sleep,
    now: () => local('now', () => engine.now()),
    newId: () => local('newId', () => options.newId()),
    external,
    branch: (name, body) => {
      const run = async (own: Place): Promise<Encoded> => {
        try {
          const value = await Promise.race([body(createContext(own, pass, engine, continueAs)), pass.brokenOff]);
          pass.throwIfEnded(own.id);
          return encode(value, `the result of branch "${name}"`, options.maxValueCharacters);
        } catch (error) {
          throw new EncodedFailure(encodeFailure(pass.endOf(own.id) ?? error));
        }
      };
      const operation = begin(() => place.local(`branch:${name}`, run));
      branches.add(operation.id);
      return durable(operation);
    },
    race,
    timeout: async (operation, ms) => {
      const { winner } = await race({ operation, timer: sleep(ms) });
      if (winner === 'timer') throw timeoutError(operation.id);
      return operation;
    },
    all,
    continueAs: async (input) => {
      pass.throwIfEnded(place.id);
      return continueAs(input);
    },
  };

  function spawn<Input, Output>(callee: DurableFunction<Input, Output>, input: Input, callOptions?: CallOptions): Durable<string> {
    const started = begin(() => place.detached(callee.name, callee.version, [engine.encodeInput(callee, input)], engine.timeoutMs(callee, callOptions)));
    const id = started.outcome.then((handle: unknown) => String(Reflect.get(Object(handle), 'id')));
    return identified(started.id, id);
  }
}

/** A new one each time: one that all share would keep whatever waits for it. */
async function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

function durable<Value>({ id, outcome }: Operation): Durable<Value> {
  const value = outcome.then(
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was kept at this place
    ({ text }) => decodeValue(text) as Value,
    (failure: unknown) => {
      throw failure instanceof Encoded || failure instanceof EncodedFailure ? decodeValue(failure.text) : failure;
    },
  );
  return identified(id, value);
}

function identified<Value>(id: string, promise: Promise<Value>): Durable<Value> {
  promise.catch(() => undefined);
  return Object.assign(promise, { id });
}

function checkTime(time: number | Date): void {
  if (Number.isNaN(Number(time))) throw new RangeError(`Cannot wait until "${String(time)}": it is no time`);
}

function parseAnswer<Answer>(id: string, value: unknown, schema: AnswerSchema<Answer>): Answer {
  try {
    return schema.parse(value);
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_UNEXPECTED_VALUE', `Cannot use the answer to "${id}": its schema refuses it`, { cause, data: { id } });
  }
}

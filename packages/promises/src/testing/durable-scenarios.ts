/**
 * What durable functions do, as scenarios without a test runner. Each writes a log, and the log is the same wherever the
 * promises are kept: in memory, in a file, at a server.
 */
import type { DurableContext } from '../durable/context.ts';
import type { Promises } from '../durable/promises.ts';

export interface DurableScenario {
  readonly name: string;
  readonly expected: readonly string[];
  run(promises: Promises, log: (line: string) => void): Promise<void>;
}

/** Open the promises with this lease, so that a step can outlast it. */
export const scenarioLeaseMs = 300;

export const durableScenarios: readonly DurableScenario[] = [
  {
    name: 'PR-24 steps, and values of every kind',
    expected: ['2', '["2026-01-01T00:00:00.000Z",7n,[["a",1]],[1],255,undefined,NaN]'],
    run: async (promises, log) => {
      const values = promises.define('values', async (context, input: { at: Date; big: bigint }) => {
        const map = await context.step('map', () => new Map([['a', 1]]));
        const set = await context.step('set', async () => new Set([1]));
        const bytes = await context.step('bytes', () => Uint8Array.from([255]));
        const nothing = await context.step('nothing', () => undefined);
        return { at: input.at, big: input.big, map, set, bytes, nothing, no: Number.NaN };
      });
      const simple = promises.define('simple', async (context, input: number) => context.step('increment', () => input + 1));
      log(String(await (await promises.start(simple, 'simple', 1)).result()));
      const { at, big, map, set, bytes, nothing, no } = await (await promises.start(values, 'values', { at: new Date(Date.UTC(2026, 0, 1)), big: 7n })).result();
      log(`[${JSON.stringify(at)},${big}n,${JSON.stringify([...map])},${JSON.stringify([...set])},${bytes[0]},${String(nothing)},${no}]`);
    },
  },
  {
    name: 'PR-06 what a step throws can be caught, and what a function throws ends its run',
    expected: ['caught RangeError "too far" with code FAR', 'TypeError "wrong" because "deep"', 'rejected'],
    run: async (promises, log) => {
      const fails = promises.define('fails', async (context: DurableContext) => {
        try {
          await context.step('far', () => {
            throw Object.assign(new RangeError('too far'), { code: 'FAR' });
          });
        } catch (error) {
          log(await context.step('look', () => `caught ${describe(error)} with code ${String(Reflect.get(Object(error), 'code'))}`));
        }
        throw new TypeError('wrong', { cause: new Error('deep') });
      });
      const run = await promises.start(fails, 'fails', undefined);
      const error = await failure(run.result());
      log(`${describe(error)} because "${error.cause instanceof Error ? error.cause.message : ''}"`);
      log(await run.state());
    },
  },
  {
    name: 'a step is tried again as often as it may be',
    expected: ['attempt 3', 'Error "attempt 2"'],
    run: async (promises, log) => {
      const tries = promises.define('tries', async (context, { maxAttempts, needed }: { maxAttempts: number; needed: number }) =>
        context.step(
          'try',
          ({ attempt }) => {
            if (attempt < needed) throw new Error(`attempt ${attempt}`);
            return `attempt ${attempt}`;
          },
          { retry: { maxAttempts, delayMs: 1 } },
        ),
      );
      log(await (await promises.start(tries, 'enough', { maxAttempts: 3, needed: 3 })).result());
      log(describe(await failure((await promises.start(tries, 'too-few', { maxAttempts: 2, needed: 3 })).result())));
    },
  },
  {
    name: 'functions call functions, and start others that go on by themselves',
    expected: ['6', '["a","b"]', 'spawned 4', 'Error "child"'],
    run: async (promises, log) => {
      const double = promises.define('double', async (context, input: number) => context.step('double', () => input * 2));
      const fails = promises.define('fails-too', async () => {
        throw new Error('child');
      });
      const parent = promises.define('parent', async (context, input: number) => {
        const results = await context.all([context.call(double, input), context.call(double, input * 2)]);
        const id = await context.spawn(double, 2);
        const letters = await context.all([context.step('a', () => 'a'), context.step('b', () => 'b')]);
        return { sum: results[0] + results[1], letters, id };
      });
      const careless = promises.define('careless', async (context) => context.call(fails, undefined));
      const { sum, letters, id } = await (await promises.start(parent, 'parent', 1)).result();
      log(String(sum));
      log(JSON.stringify(letters));
      log(`spawned ${String(await promises.result(id))}`);
      log(describe(await failure((await promises.start(careless, 'careless', undefined)).result())));
    },
  },
  {
    name: 'sleeps, and the time that every pass sees',
    expected: ['slept', 'same time', 'same id'],
    run: async (promises, log) => {
      const seen: [number, string][] = [];
      const sleeper = promises.define('sleeper', async (context) => {
        const at = await context.now();
        const id = await context.newId();
        seen.push([at, id]);
        await context.external({ kind: 'input' });
        await context.sleep(5);
        await context.sleep(new Date(at + 10));
        return (await context.now()) >= at + 10 ? 'slept' : 'woke early';
      });
      const run = await promises.start(sleeper, 'sleeper', undefined);
      await promises.external.resolve((await openQuestion(promises, 'sleeper:2')).id, null);
      log(await run.result());
      log(seen.length > 1 && new Set(seen.map(([at]) => at)).size === 1 ? 'same time' : 'other time');
      log(new Set(seen.map(([, id]) => id)).size === 1 ? 'same id' : 'other id');
    },
  },
  {
    name: 'PR-17 somebody outside answers, refuses, or does not answer in time',
    expected: [
      'asked approval {"text":"Deploy?"}',
      'answered {"ok":true}',
      'HOLDFAST_PROMISES_REJECTED',
      'HOLDFAST_PROMISES_TIMEOUT',
      'HOLDFAST_PROMISES_UNEXPECTED_VALUE',
      'false',
    ],
    run: async (promises, log) => {
      const asks = promises.define('asks', async (context, { deadline, strict }: { deadline: number; strict: boolean }) => {
        const schema = {
          parse: (value: unknown) => {
            if (strict) throw new TypeError('strict');
            return JSON.stringify(value);
          },
        };
        return context.external({ kind: 'approval', data: { text: 'Deploy?' }, deadline, schema });
      });
      const ask = async (id: string, deadline: number, strict = false) => promises.start(asks, id, { deadline, strict });
      const [yes, no, late, wrong] = await Promise.all([ask('yes', 60_000), ask('no', 60_000), ask('late', 20), ask('wrong', 60_000, true)]);
      const open = await openQuestion(promises, 'yes:0');
      log(`asked ${open.kind} ${JSON.stringify(open.data)}`);
      await promises.external.resolve(open.id, { ok: true });
      await promises.external.reject((await openQuestion(promises, 'no:0')).id, new Error('never'));
      await promises.external.resolve((await openQuestion(promises, 'wrong:0')).id, 1);
      log(`answered ${await yes.result()}`);
      for (const run of [no, late, wrong]) {
        // oxlint-disable-next-line no-await-in-loop -- in this order
        log(codeOf(await failure(run.result())));
      }
      log(String(await promises.external.resolve('late:0', 'too late')));
    },
  },
  {
    name: 'PR-19 a question asked outside of any function is answered the same way',
    expected: ['pending', 'resolved', '"yes"'],
    run: async (promises, log) => {
      const { external } = promises;
      log((await external.create({ id: 'intervention 1', kind: 'intervention', data: null })).state);
      const answer = external.wait('intervention 1');
      await external.resolve('intervention 1', 'yes');
      log((await external.get('intervention 1')).state);
      log(JSON.stringify(await answer));
    },
  },
  {
    name: 'the first of several wins, in every pass, and the others are stopped',
    expected: ['answer 1', 'slow was aborted: HOLDFAST_PROMISES_CANCELLED', 'timer', 'resolved fast'],
    run: async (promises, log) => {
      const aborted = Promise.withResolvers<string>();
      const races = promises.define('races', async (context) => {
        const first = await context.race({ answer: context.external({ kind: 'input' }), timer: context.sleep(60_000) });
        const slow = context.step('slow', async ({ signal }) => {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          aborted.resolve(codeOf(signal.reason));
        });
        const second = await context.race({ slow, timer: context.sleep(20) });
        const third = await context.race({ fast: context.step('fast', () => 'fast'), timer: context.sleep(60_000) });
        return [`${first.winner} ${JSON.stringify(first.value)}`, second.winner, `resolved ${third.value ?? ''}`];
      });
      const run = await promises.start(races, 'races', undefined);
      await promises.external.resolve((await openQuestion(promises, 'races:0')).id, 1);
      const [first, second, third] = await run.result();
      log(first ?? '');
      log(`slow was aborted: ${await aborted.promise}`);
      log(second ?? '');
      log(third ?? '');
    },
  },
  {
    name: 'a branch that loses calls nothing more, and what it called is cancelled',
    expected: ['lost: HOLDFAST_PROMISES_CANCELLED', 'cleaned up: HOLDFAST_PROMISES_CANCELLED', 'no open question', 'quick', 'lost: HOLDFAST_PROMISES_CANCELLED'],
    run: async (promises, log) => {
      const begun = Promise.withResolvers<void>();
      const inner = promises.define('inner-question', async (context) => context.external({ kind: 'input' }));
      const loses = promises.define('loses', async (context) => {
        const slow = context.branch('slow', async (own) => {
          const work = own.step('work', async ({ signal }) => {
            begun.resolve();
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          });
          const error = await failure(own.all([work, own.call(inner, undefined), own.external({ kind: 'input' })]));
          log(`lost: ${codeOf(error)}`);
          log(`cleaned up: ${codeOf(await failure(own.step('charge', () => log('charged after it lost'))))}`);
        });
        const first = await context.race({ slow, quick: context.step('quick', () => begun.promise) });
        await context.step('look', async () => log((await promises.external.pending()).length === 0 ? 'no open question' : 'open question'));
        await context.external({ kind: 'input' }); // What follows is another pass.
        return [first.winner, `lost: ${codeOf(await failure(slow))}`];
      });
      const run = await promises.start(loses, 'loses', undefined);
      await promises.external.resolve((await openQuestion(promises, 'loses:4')).id, null);
      for (const line of await run.result()) log(line);
    },
  },
  {
    name: 'whatever a branch makes of its end, every pass sees it cancelled',
    expected: ['seen: HOLDFAST_PROMISES_CANCELLED'],
    run: async (promises, log) => {
      const seen = new Set<string>();
      const ignores = promises.define('ignores', async (context) => {
        const slow = context.branch('slow', async (own) => {
          const never = own.step('never', async () => new Promise<string>(() => undefined));
          return never.catch(() => 'went on');
        });
        await context.race({ slow, quick: context.step('quick', () => 1) });
        seen.add(codeOf(await failure(slow)));
        await context.external({ kind: 'input' }); // What follows is another pass.
      });
      const run = await promises.start(ignores, 'ignores', undefined);
      await promises.external.resolve((await openQuestion(promises, 'ignores:3')).id, null);
      await run.result();
      log(`seen: ${[...seen].join()}`);
    },
  },
  {
    name: 'of several that fail, every pass sees the failure that came first',
    expected: ['reported fast', 'caught fast'],
    run: async (promises, log) => {
      const caught = new Set<string>();
      const fastFailed = Promise.withResolvers<void>();
      const fails = promises.define('fails-twice', async (context) => {
        const slow = context.step('slow', async () => {
          await fastFailed.promise;
          throw new Error('slow');
        });
        const fast = context.step('fast', () => {
          throw new Error('fast');
        });
        const error = await failure(context.all([slow, fast]));
        caught.add(error.message);
        fastFailed.resolve();
        const report = await context.step(`report ${error.message}`, () => `reported ${error.message}`);
        await context.external({ kind: 'input' }); // What follows is another pass, in which both have failed.
        return report;
      });
      const run = await promises.start(fails, 'fails-twice', undefined);
      await promises.external.resolve((await openQuestion(promises, 'fails-twice:3')).id, null);
      log(await run.result());
      log(`caught ${[...caught].join()}`);
    },
  },
  {
    name: 'an operation that takes too long is cancelled',
    expected: ['["HOLDFAST_PROMISES_TIMEOUT","in time","HOLDFAST_PROMISES_TIMEOUT"]'],
    run: async (promises, log) => {
      const waits = promises.define('waits', async (context) => {
        const late = await context.timeout(context.external({ kind: 'input' }), 10).catch((error: unknown) => codeOf(error));
        const early = await context.timeout(context.step('quick', () => 'in time'), 60_000);
        const never = context.step('never', async () => new Promise<string>(() => undefined), { timeoutMs: 10 });
        return JSON.stringify([late, early, await never.catch((error: unknown) => codeOf(error))]);
      });
      log(await (await promises.start(waits, 'waits', undefined)).result());
    },
  },
  {
    name: 'PR-18 a cancelled run stops its steps, its questions and what it called',
    expected: ['true', 'HOLDFAST_PROMISES_CANCELLED "Cannot go on with "cancelled": not needed"', 'step aborted', 'no open question', 'cancelled', 'false'],
    run: async (promises, log) => {
      const [started, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
      const inner = promises.define('inner', async (context) => context.external({ kind: 'input' }));
      const outer = promises.define('outer', async (context) => {
        const called = context.call(inner, undefined);
        await context.step('long', async ({ signal }) => {
          started.resolve();
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          aborted.resolve('step aborted');
        });
        return called;
      });
      const run = await promises.start(outer, 'cancelled', undefined);
      await openQuestion(promises, 'cancelled:0.0');
      await started.promise;
      log(String(await run.cancel('not needed')));
      const error = await failure(run.result());
      log(`${codeOf(error)} "${error.message}"`);
      log(await aborted.promise);
      log((await promises.external.pending()).length === 0 ? 'no open question' : 'open question');
      log(await run.state());
      log(String(await run.cancel('again')));
    },
  },
  {
    name: 'PR-18 what was spawned goes on when the run that spawned it is cancelled',
    expected: ['true', 'answered 1 2'],
    run: async (promises, log) => {
      const spawned = promises.define('spawned', async (context) => {
        const first = await context.external({ kind: 'input' });
        const second = await context.external({ kind: 'input' });
        return `answered ${String(first)} ${String(second)}`;
      });
      const spawns = promises.define('spawns', async (context) => {
        const id = await context.spawn(spawned, undefined);
        await context.external({ kind: 'id', data: id });
      });
      const run = await promises.start(spawns, 'spawns', undefined);
      const id = String((await openQuestion(promises, 'spawns:1')).data);
      await openQuestion(promises, `${id}.0`);
      log(String(await run.cancel('not needed')));
      await promises.external.resolve(`${id}.0`, 1);
      await promises.external.resolve((await openQuestion(promises, `${id}.1`)).id, 2);
      log(await promises.result<string>(id));
    },
  },
  {
    name: 'PR-37 the same id is the same run, and another input under it is refused',
    expected: ['1', '1', 'ran 1', 'HOLDFAST_PROMISES_DUPLICATE', '1', 'HOLDFAST_PROMISES_NOT_FOUND'],
    run: async (promises, log) => {
      let ran = 0;
      const counts = promises.define('counts', async (context, input: { a: number; b: number }) =>
        context.once('count', () => {
          ran += 1;
          return input.a;
        }),
      );
      const [first, second] = await Promise.all([promises.start(counts, 'a b/ü:1', { a: 1, b: 2 }), promises.start(counts, 'a b/ü:1', { b: 2, a: 1 })]);
      log(String(await first.result()));
      log(String(await second.result()));
      log(`ran ${ran}`);
      log(codeOf(await failure(promises.start(counts, 'a b/ü:1', { a: 2, b: 2 }))));
      log(String(await (await promises.attach('a b/ü:1')).result()));
      log(codeOf(await failure(promises.attach('unknown'))));
    },
  },
  {
    name: 'branches go on side by side, whichever is faster',
    expected: ['["slow:2","fast:2"]'],
    run: async (promises, log) => {
      const branches = promises.define('branches', async (context) => {
        const line = (name: string, ms: number) =>
          context.branch(name, async (own) => {
            const one = await own.step('count', () => 1);
            await own.sleep(ms);
            const two = await own.step('count', () => one + 1);
            return `${name}:${two}`;
          });
        return context.all([line('slow', 30), line('fast', 1)]);
      });
      log(JSON.stringify(await (await promises.start(branches, 'branches', undefined)).result()));
    },
  },
  {
    name: 'a function begins anew with another input, and its last result is that of the run',
    expected: ['done after 5'],
    run: async (promises, log) => {
      const loops = promises.define('loops', async (context, count: number): Promise<string> => {
        const next = await context.step('next', () => count + 1);
        return next < 5 ? context.continueAs(next) : `done after ${next}`;
      });
      log(await (await promises.start(loops, 'loops', 0)).result());
    },
  },
  {
    name: 'a step that takes longer than three leases runs once',
    expected: ['["done","done"]', 'ran 2'],
    run: async (promises, log) => {
      let ran = 0;
      const long = promises.define('long', async (context) =>
        context.step('long', async () => {
          ran += 1;
          await new Promise((resolve) => setTimeout(resolve, 4 * scenarioLeaseMs));
          return 'done';
        }),
      );
      const runs = await Promise.all([promises.start(long, 'long-1', undefined), promises.start(long, 'long-2', undefined)]);
      log(JSON.stringify(await Promise.all(runs.map(async (run) => run.result()))));
      log(`ran ${ran}`);
    },
  },
  {
    name: 'a schedule begins a run of its own for each instant, until it is deleted',
    expected: ['none', 'every-second * * * * * * UTC latest tick', 'began at whole seconds', '1 schedule', 'true', 'false', 'none'],
    run: async (promises, log) => {
      const began: string[] = [];
      const second = Promise.withResolvers<void>();
      const tick = promises.define('tick', async (context, input: { text: string }) =>
        context.step('tick', ({ id }) => {
          began.push(`${id} ${input.text}`);
          if (new Set(began).size > 1) second.resolve();
        }),
      );
      const { schedules } = promises;
      const show = async (): Promise<string> => {
        const all = await schedules.list();
        return all.map(({ id, cron, timeZone, missed, function: { name } }) => `${id} ${cron} ${timeZone} ${missed} ${name}`).join() || 'none';
      };
      log(await show());
      await Promise.all([1, 2].map(async () => schedules.put('every-second', { cron: '* * * * * *', run: tick, input: { text: 'tock' } })));
      log(await show());
      await second.promise;
      log(began.every((line) => /^every-second_40\d{4}-.*_2e000Z.* tock$/u.test(line)) ? 'began at whole seconds' : began.join());
      await schedules.put('every-second', { cron: '0 0 1 1 *', run: tick, input: { text: 'yearly' } });
      log(`${(await schedules.list()).length} schedule`);
      log(String(await schedules.delete('every-second')));
      log(String(await schedules.delete('every-second')));
      log(await show());
    },
  },
  {
    name: 'what a schema refuses does not run, and is not given on',
    expected: ['HOLDFAST_PROMISES_INVALID_INPUT', 'HOLDFAST_PROMISES_UNEXPECTED_RESULT', 'HOLDFAST_PROMISES_NOT_ENCODABLE', 'HOLDFAST_PROMISES_NOT_ENCODABLE'],
    run: async (promises, log) => {
      const text = {
        parse: (value: unknown): string => {
          if (typeof value === 'string') return value;
          throw new TypeError('no text');
        },
      };
      const echo = promises.define('echo', async (_, input: string) => input, { input: text });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the types forbid is what must be refused
      log(codeOf(await failure(promises.start(echo, 'echo', 1 as unknown as string))));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      const wrong = promises.define('wrong-result', async () => 1 as unknown as string, { output: text });
      log(codeOf(await failure((await promises.start(wrong, 'wrong-result', undefined)).result())));
      const makes = promises.define('makes', async (context, what: string): Promise<unknown> => (what === 'step' ? context.step('make', () => Math.max) : Math.max));
      for (const what of ['step', 'result']) {
        // oxlint-disable-next-line no-await-in-loop -- in this order
        log(codeOf(await failure((await promises.start(makes, what, what)).result())));
      }
    },
  },
];

/** The question of this id, as soon as it is asked. */
async function openQuestion(promises: Promises, id: string) {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- asked again until it is there
    const question = (await promises.external.pending()).find((pending) => pending.id === id);
    if (question) return question;
    // oxlint-disable-next-line no-await-in-loop -- lets the run go on
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const thrown: unknown = await work.then(
    (value) => new Error(`expected a failure, got ${String(value)}`),
    (error: unknown) => error,
  );
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name} "${error.message}"` : String(error);
}

function codeOf(error: unknown): string {
  return String(Reflect.get(Object(error), 'code') ?? describe(error));
}

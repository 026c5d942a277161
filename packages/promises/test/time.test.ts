import { openPromises, type DurableContext } from '@holdfast/promises/durable';
import { createFakeTime } from '@holdfast/promises/testing';
import { expect, test } from 'vitest';

const day = 86_400_000;
/** What a timer of the runtime takes at most; a longer one fires at once. */
const longestDelayMs = 2 ** 31 - 1;

test.each([30 * day, Number.POSITIVE_INFINITY])('a step that may take %d ms is not stopped at once', async (timeoutMs) => {
  await using promises = await openPromises({ mode: 'memory' });
  const patient = promises.define('patient', async (context) =>
    context.step('wait', async ({ signal }) => new Promise((resolve) => void setTimeout(() => resolve(signal.aborted), 20)), { timeoutMs }),
  );

  expect(await (await promises.start(patient, 'patient', undefined)).result()).toBe(false);
});

test('a deadline after more than 24 days is reached in pieces, and not before', async () => {
  const time = createFakeTime();
  await using promises = await openPromises({ mode: 'memory', now: time.now, setTimer: time.setTimer, leaseMs: 9 * day });
  const begun = Promise.withResolvers<AbortSignal>();
  const slow = promises.define('slow', async (context) =>
    context.step(
      'wait',
      async ({ signal }) => {
        begun.resolve(signal);
        return new Promise(() => undefined);
      },
      { timeoutMs: 60 * day },
    ),
  );
  const run = await promises.start(slow, 'slow', undefined, { timeoutMs: 90 * day });
  const signal = await begun.promise;

  const delays = [Math.max(...time.timers())];
  time.advance(30 * day);
  delays.push(Math.max(...time.timers()));
  time.advance(30 * day - 1);

  expect(signal.aborted).toBe(false);
  expect(Math.max(...delays)).toBe(longestDelayMs);
  time.advance(1);
  await expect(run.result()).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_TIMEOUT' });
});

test.each<[string, (context: DurableContext) => Promise<unknown>]>([
  ['sleep(NaN)', async (context) => context.sleep(Number.NaN)],
  ['sleep(invalid date)', async (context) => context.sleep(new Date(Number.NaN))],
  ['external({ deadline: NaN })', async (context) => context.external({ kind: 'input', deadline: Number.NaN })],
  ['external({ deadline: invalid date })', async (context) => context.external({ kind: 'input', deadline: new Date(Number.NaN) })],
  ['timeout(NaN)', async (context) => context.timeout(context.newId(), Number.NaN)],
])('%s is refused where it is called', async (_, call) => {
  await using promises = await openPromises({ mode: 'memory' });
  const calls = promises.define('calls', call);

  await expect((await promises.start(calls, 'calls', undefined)).result()).rejects.toThrow(RangeError);
});

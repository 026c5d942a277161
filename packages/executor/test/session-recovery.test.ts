import { createSession } from '@holdfast/executor/session';
import { ManualClock } from '@holdfast/executor/testing';
import { expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

test('SES-16 SES-27 EX-83 variables of the last checkpoint outlive a killed worker, and later ones do not', { timeout: 20_000 }, async () => {
  await using session = await createSession();
  await session.execute("const prices = new Map([['tea', 3]]); let count = 1; const unkept = () => count");
  const { kept } = await session.checkpoint();
  expect(kept).toEqual(expect.arrayContaining(['prices', 'count']));
  await session.execute('count = 2; const later = 1');
  const { result } = await runUntilHere(session, "console.log('here'); await new Promise(() => {})");

  process.kill(session.pid!, 'SIGKILL');

  expect(await result).toMatchObject({ status: 'error', error: { name: 'WorkerDied', message: expect.stringContaining('last checkpoint') } });
  const restored = Promise.withResolvers<{ restored: readonly string[] }>();
  session.on('restore', restored.resolve);
  expect(await session.execute("[prices.get('tea'), count, typeof later]")).toMatchObject({ value: [3, 1, 'undefined'] });
  expect((await restored.promise).restored).toEqual(expect.arrayContaining(['prices', 'count']));
});

test('SES-16 a checkpoint of one session goes into another', { timeout: 20_000 }, async () => {
  await using first = await createSession();
  await using second = await createSession();
  await first.execute('const shared = { n: 42n }');
  await second.execute('const own = 1');

  const { checkpoint } = await first.checkpoint();
  const { restored } = await second.restore(checkpoint);

  expect(restored).toContain('shared');
  expect(await second.execute('[String(shared.n), own]')).toMatchObject({ value: ['42', 1] });
});

test('SES-16 a damaged checkpoint is refused, and nothing of it is merged', { timeout: 20_000 }, async () => {
  await using session = await createSession();
  await session.execute('const kept = 1');
  const { checkpoint } = await session.checkpoint();

  await expect(session.restore({ ...checkpoint, digest: '0'.repeat(64) })).rejects.toMatchObject({ code: expect.stringContaining('HOLDFAST_') });

  expect(await session.execute('kept')).toMatchObject({ value: 1 });
});

test('SES-31 an idle session lets its process go and begins where it was', { timeout: 20_000 }, async () => {
  const clock = new ManualClock();
  await using session = await createSession({ idleTimeoutMs: 60_000, heartbeatIntervalMs: 3_600_000 }, { clock });
  await session.execute('const kept = [1, 2, 3]');
  const { pid } = session;
  const suspended = Promise.withResolvers<object>();
  session.on('suspend', suspended.resolve);

  clock.advance(60_000);
  await suspended.promise;

  expect(session.pid).toBeUndefined();
  expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
  expect(await session.execute('kept.length')).toMatchObject({ value: 3 });
});

test('SES-31 SES-16 an idle session whose worker is asked for its names begins again', { timeout: 20_000 }, async () => {
  await using session = await createSession();
  await session.execute('const kept = 1');
  await session.checkpoint();
  process.kill(session.pid!, 'SIGKILL');
  await expect.poll(() => session.state).toBe('suspended');

  expect(await session.listNames()).toMatchObject([{ name: 'kept' }]);
});

import { TaskQueue } from '@holdfast/orchestrator';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settled } from './fake-clock.ts';
import { Works } from './works.ts';

const dayMs = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('ORC-18 a timeout of 60 days is that long, though no timer of the platform is', async () => {
  const works = new Works();
  await using queue = new TaskQueue();
  const handle = await queue.submit(works.task('slow', { timeoutMs: 60 * dayMs }));
  await settled();

  vi.advanceTimersByTime(60 * dayMs - 1);
  expect(handle.status).toBe('running');
  vi.advanceTimersByTime(1);

  expect(handle.status).toBe('timed_out');
});

test('ORC-18 a long timeout that is not needed any more leaves no timer', async () => {
  const works = new Works();
  await using queue = new TaskQueue();
  const handle = await queue.submit(works.task('slow', { timeoutMs: 60 * dayMs }));
  await settled();
  vi.advanceTimersByTime(30 * dayMs);

  works.finish('slow');

  expect(await handle.result).toBe('done slow');
  expect(vi.getTimerCount()).toBe(0);
});

test('ORC-21 a grace without end waits for the work', async () => {
  const works = new Works();
  const queue = new TaskQueue({ graceMs: Number.POSITIVE_INFINITY });
  await queue.submit(works.stubborn('deaf'));
  await settled();

  const down = queue.shutdown();
  vi.advanceTimersByTime(dayMs);
  works.finish('deaf');
  await down;

  expect(works.ended).toEqual(['deaf']);
  expect(queue.stats()).toMatchObject({ abandoned: 0 });
});

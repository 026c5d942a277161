import { expect, test } from 'vitest';
import { OneTimeLinks } from '../src/page/one-time-links.ts';

test('SRV-73 a code stands for its token once', () => {
  const links = new OneTimeLinks();
  const [one, two] = [links.create('a-token'), links.create('a-token')];

  expect(one).not.toBe(two);
  expect(links.take(one)).toBe('a-token');
  expect(links.take(one)).toBeUndefined();
  expect(links.take(two)).toBe('a-token');
  expect(links.take('guessed')).toBeUndefined();
});

test('SRV-73 a code is worth nothing when its time is over, and many push out the oldest', () => {
  let now = 0;
  const links = new OneTimeLinks({ keepMs: 1000, maxCodes: 2, now: () => now });
  const first = links.create('a-token');
  const [second, third] = [links.create('a-token'), links.create('a-token')];

  expect(links.take(first)).toBeUndefined();
  expect(links.take(second)).toBe('a-token');
  now = 1000;
  expect(links.take(third)).toBeUndefined();
});

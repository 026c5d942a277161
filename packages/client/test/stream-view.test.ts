import { StreamView, type StreamMessage } from '@holdfast/client';
import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { message } from './scripted-socket.ts';

const of = (version: number): StreamMessage => message(version, version * 10) as StreamMessage;

test('SRV-40 at version 3, version 2 is ignored as state and still stands among the messages', () => {
  const view = new StreamView();
  expect(view.version).toBe(0);
  expect(view.accept(of(3))).toBe(true);
  expect(view.accept(of(2))).toBe(false);

  expect(view.version).toBe(3);
  expect(view.messages.map(({ version }) => version)).toEqual([2, 3]);
});

test('SRV-44 SRV-46 SRV-48 SRV-50 a version at or below the highest is refused; gaps are none of its business, and numbers may be large', () => {
  const view = new StreamView();
  expect(view.version).toBe(0);

  const largest = Number.MAX_SAFE_INTEGER;
  const versions = [1, 1, 3, 2, 3, 2 ** 31, 2 ** 31, largest - 1, largest, largest - 1];
  const accepted = versions.map((version) => view.accept(message(version, version) as StreamMessage));

  expect(accepted).toEqual([true, false, true, false, false, true, false, true, true, false]);
  expect(view.version).toBe(largest);
});

test('SRV-40 any order and any repetition show the same', () => {
  assert(
    property(array(integer({ min: 1, max: 30 }), { minLength: 1 }), (versions) => {
      const view = new StreamView();
      const newest = versions.filter((version) => view.accept(of(version)));

      const expected = [...new Set(versions)].toSorted((left, right) => left - right);
      expect(view.messages.map(({ version }) => version)).toEqual(expected);
      expect(newest).toEqual(versions.filter((version, index) => versions.slice(0, index).every((before) => before < version)));
      expect(view.version).toBe(Math.max(...versions));
    }),
  );
});

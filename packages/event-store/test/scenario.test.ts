import { emptyState, taskProjection, type Fold } from '@holdfast/event-store';
import { given } from '@holdfast/event-store/testing';
import { expect, test } from 'vitest';

const seat: Fold<boolean> = { initial: () => false, apply: (_, event) => event.type === 'TAKEN' };
const taken = { type: 'TAKEN', data: { by: 'ada' } };
const take = (isTaken: boolean) => {
  if (isTaken) throw new Error('the seat is taken');
  return [taken];
};

test('a decision is told by example', () => {
  expect(() => {
    given().when(seat, take).expectEvents(taken);
    given(taken, { type: 'LEFT', data: {} }).when(seat, take).expectEvents({ type: 'TAKEN' });
    given(taken).when(seat, take).expectRefusal((error) => error instanceof Error && error.message === 'the seat is taken');
    given(taken).when(seat, () => []).expectEvents();
    given().when(seat, () => [{ type: '', data: {} }]).expectRefusal('HOLDFAST_EVENT_STORE_INVALID_EVENT');
  }).not.toThrow();
});

test.each<[string, () => void]>([
  ['another type', () => given().when(seat, take).expectEvents({ type: 'LEFT' })],
  ['other data', () => given().when(seat, take).expectEvents({ ...taken, data: { by: 'bob' } })],
  ['more events', () => given().when(seat, take).expectEvents(taken, taken)],
  ['fewer events', () => given().when(seat, take).expectEvents()],
  ['a refusal that does not come', () => given().when(seat, take).expectRefusal('X')],
  ['events instead of a refusal', () => given(taken).when(seat, take).expectEvents()],
  ['another refusal', () => given(taken).when(seat, take).expectRefusal('X')],
  ['another state', () => given(taken).expectState(seat, false)],
])('an example that expects %s fails', (_what, example) => {
  expect(example).toThrow(Error);
});

test('a projection is told by example', () => {
  expect(() => {
    given().expectState(taskProjection, emptyState('scenario'));
    given(taken).expectState(seat, true);
  }).not.toThrow();
});

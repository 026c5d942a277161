import { createMemoryEventStore, followUp } from '@holdfast/event-store';
import { expect, test } from 'vitest';
import { collect, note } from './collect.ts';

test('EV-14 events that follow from one another carry their cause and stay together', async () => {
  const store = createMemoryEventStore();
  const [request] = await store.append('a', [note(0)]);
  const [answer] = await store.append('b', [{ ...note(1), ...followUp(request!) }]);
  const [echo] = await store.append('a', [{ ...note(2), ...followUp(answer!) }]);

  expect(request).toMatchObject({ causationId: null, correlationId: null });
  expect(answer).toMatchObject({ causationId: request?.eventId, correlationId: request?.eventId });
  expect(echo).toMatchObject({ causationId: answer?.eventId, correlationId: request?.eventId });
  expect(await collect(store.read({ correlationId: request?.eventId ?? '' }))).toEqual([answer, echo]);
});

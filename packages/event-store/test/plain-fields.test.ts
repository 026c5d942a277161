import { createHash } from 'node:crypto';
import { createEvent, createMemoryEventStore, type Event, type EventRecord, type NewEvent } from '@holdfast/event-store';
import { isHoldfastError } from '@holdfast/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect } from './collect.ts';

const nowMs = Date.parse('2026-03-01T12:00:00.000Z');
const sources = { now: () => nowMs, newId: () => '0198a1b2-0000-7000-8000-000000000001' };

const odd = fc.constantFrom<unknown>(undefined, null, '', ' ', 0, -0, -1, 1.5, Number.NaN, true, [], {}, 'é', 'é', 'a\u0000', 'a"b\\c', '\ud800', 'x'.repeat(256), 'x'.repeat(257), 2 ** 53);
const uuid = fc.constantFrom<unknown>('0198a1b2-7c1f-7000-8000-5d8a3b1c9e42', '0198A1B2-7C1F-7000-8000-5D8A3B1C9E42', '0198a1b2-7c1f-9000-8000-5d8a3b1c9e42', '00000000-0000-0000-0000-000000000000', '0198a1b2-7c1f-7000-8000-5d8a3b1c9e4');
const clock = fc.constantFrom<unknown>({ p: 1 }, { ['__proto__']: 2 }, { '': 1 }, { p: -1 }, { p: '1' }, new Map(), Object.create(null));
const data = fc.oneof(fc.jsonValue().map((value) => ({ value })), fc.constantFrom<unknown>({}, { at: new Date(0) }, { list: [undefined] }, { ['__proto__']: { a: 1 } }, { minus: -0 }));
const usually = <Value>(usual: fc.Arbitrary<Value>) => fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: odd });

/** Events of every kind, most of their fields right and some of them wrong. */
const input = fc.record(
  {
    type: usually(fc.string()),
    data: usually(data),
    eventId: usually(uuid),
    causationId: usually(uuid),
    correlationId: usually(fc.string()),
    codeVersion: usually(fc.nat()),
    codeHash: usually(fc.string()),
    vectorClock: usually(clock),
    timestamp: usually(fc.constantFrom<unknown>('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '2027-01-01T00:00:00Z')),
    surplus: odd,
  },
  { requiredKeys: ['type', 'data'] },
);

async function outcomeOf(run: () => Event | Promise<Event>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    return isHoldfastError(error) ? { code: error.code, message: error.message, data: error.data } : error;
  }
}

test('EV-05 an append takes the very events that createEvent takes, says the same of the others, and makes the same of them', async () => {
  await fc.assert(
    fc.asyncProperty(input, async (fields) => {
      const appended = await outcomeOf(async () => (await createMemoryEventStore(sources).append('task', [fields as NewEvent]))[0] as Event);
      const created = await outcomeOf(() => createEvent({ ...(fields as NewEvent), taskId: 'task', sequenceNumber: 1, streamVersion: 1 }, sources));

      expect(appended).toStrictEqual(created);
    }),
    { numRuns: 2000 },
  );
});

test('EV-06 data that is kept as text is that of the event, whatever names and texts are in it', async () => {
  const store = createMemoryEventStore();
  const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toJSON'));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, fc.jsonValue()), async (value) => {
      const [event] = await store.append('task', [{ type: 'KEPT', data: { value } as never }]);
      const [record] = await collect(store.records({ afterSequence: (await store.head()) - 1 }));

      expect(record?.json).toBe(JSON.stringify(event?.data));
      expect(Object.isFrozen(event?.data['value'])).toBe(true);
    }),
  );
});

test('what the chain hashes is the hash before, the envelope as JSON.stringify writes it, and the data', async () => {
  const store = createMemoryEventStore();
  const text = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', '"', '\\', '/', 'é', '\u{1f600}', ' ', '<') });
  const event = fc.record({ type: text, data: fc.constant({}), correlationId: text, codeHash: fc.stringMatching(/^[\x21-\x7e]{1,8}$/), vectorClock: fc.constantFrom({}, { 'a"b': 1, ['__proto__']: 2 }) });

  await fc.assert(fc.asyncProperty(text, event, async (taskId, each) => void (await store.append(taskId, [each]))));

  let previous = '0'.repeat(64);
  for await (const record of store.records()) {
    expect(record.hash).toBe(hashAfter(previous, record));
    previous = record.hash;
  }
});

function hashAfter(previous: string, { event, schemaVersion, json }: EventRecord): string {
  const { sequenceNumber, taskId, streamVersion, eventId, type, codeVersion, codeHash, vectorClock, causationId, correlationId, timestamp } = event;
  const envelope = [sequenceNumber, taskId, streamVersion, eventId, type, schemaVersion, codeVersion, codeHash, vectorClock, causationId, correlationId, timestamp];
  return createHash('sha256').update(`${previous}\n${JSON.stringify(envelope)}\n${json}`).digest('hex');
}

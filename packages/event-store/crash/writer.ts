/**
 * Appends from several appenders at once and prints a line for each event that was acknowledged: its id and its number.
 * Runs until it is killed, or until every appender made its appends.
 *
 * `--acknowledge early` is the planted defect: the line is printed before the store has said anything.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { EventStore, NewEvent } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';

const { values } = parseArgs({
  options: {
    path: { type: 'string', default: '' },
    durability: { type: 'string', default: 'power' },
    acknowledge: { type: 'string', default: 'after' },
    appenders: { type: 'string', default: '8' },
    /** For each appender and each opening; 0 for no end. */
    appends: { type: 'string', default: '0' },
    openings: { type: 'string', default: '1' },
    bytes: { type: 'string', default: '100' },
  },
});
const appends = Number(values.appends) || Number.POSITIVE_INFINITY;
const padding = 'x'.repeat(Number(values.bytes));
const run = randomUUID();
const indices = Array.from({ length: Number(values.appenders) }, () => 0);

for (let opening = 0; opening < Number(values.openings); opening += 1) {
  const store = await openSqliteEventStore({ path: values.path, durability: values.durability === 'process' ? 'process' : 'power' });
  await Promise.all(indices.map(async (_, appender) => appendInOrder(store, appender)));
  await store.close();
}

async function appendInOrder(store: EventStore, appender: number): Promise<void> {
  const first = indices[appender] ?? 0;
  for (let index = first; index < first + appends; index += 1) {
    indices[appender] = index + 1;
    const parts = 1 + ((index + appender) % 3);
    const events = Array.from({ length: parts }, (_, part): NewEvent => ({
      eventId: randomUUID(),
      type: 'NOTE_TAKEN',
      data: { run, index, part, parts, padding },
    }));
    if (values.acknowledge === 'early') writeSync(1, events.map(({ eventId }) => `${eventId} ?\n`).join(''));
    const appended = await store.append(`appender-${appender}`, events);
    if (values.acknowledge !== 'early') writeSync(1, appended.map((event) => `${event.eventId} ${event.sequenceNumber}\n`).join(''));
  }
}

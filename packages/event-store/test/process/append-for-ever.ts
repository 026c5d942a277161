// Appends until it is killed, and prints the id of each event once its append was acknowledged.
import { writeSync } from 'node:fs';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';

const [path = '', durability = 'power'] = process.argv.slice(2);
const store = await openSqliteEventStore({ path, durability: durability === 'process' ? 'process' : 'power' });

const write = async (taskId: string): Promise<never> => {
  for (let index = 0; ; index += 1) {
    const events = await store.append(taskId, [{ type: 'NOTE_TAKEN', data: { index } }, { type: 'NOTE_TAKEN', data: { index } }]); // oxlint-disable-line no-await-in-loop -- one after the other
    writeSync(1, events.map((event) => `${event.sequenceNumber} ${event.eventId}\n`).join(''));
  }
};

await Promise.all(['a', 'b', 'c', 'd', 'e'].map(write));

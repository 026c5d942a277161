// Opens a store, appends one event and prints how it went, as one line of JSON.
import { isHoldfastError } from '@holdfast/protocol';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';

const [path = ''] = process.argv.slice(2);
try {
  const store = await openSqliteEventStore({ path });
  const [event] = await store.append('a', [{ type: 'NOTE_TAKEN', data: {} }]);
  await store.close();
  console.log(JSON.stringify({ sequenceNumber: event?.sequenceNumber }));
} catch (error) {
  console.log(JSON.stringify(isHoldfastError(error) ? { code: error.code, message: error.message } : { unexpected: String(error) }));
}

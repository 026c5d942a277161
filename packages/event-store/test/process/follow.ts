// Follows a store from its start and prints each sequence number, until it has seen so many.
import { openSqliteEventReader } from '@holdfast/event-store/sqlite';

const [path = '', limit = '0'] = process.argv.slice(2);
const reader = await openSqliteEventReader({ path });
console.log('ready');
for await (const event of reader.subscribe({ limit: Number(limit) })) console.log(event.sequenceNumber);
await reader.close();

// Owns the promise file it is given until it is killed.
import { openSqlitePromiseStore } from '@holdfast/promises/sqlite';

const store = await openSqlitePromiseStore({ path: process.argv[2] ?? '' });
await store.create({ id: 'settled', kind: 'approval', data: null });
await store.resolve('settled', 'before the crash');
await store.create({ id: 'open', kind: 'approval', data: { text: 'Deploy?' }, timeoutMs: 3_600_000 });
process.on('message', () => undefined); // Keeps the process alive: the timers of a store do not.
process.send?.('ready');

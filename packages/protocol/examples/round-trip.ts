import assert from 'node:assert/strict';
//#region round-trip
import { Connection, createMemoryTransports, createMessage } from '@holdfast/protocol';

const [left, right] = createMemoryTransports();

const worker = new Connection(right, (message) => {
  if (message.type !== 'hello') return;
  const fields = { correlationId: message.id, protocolVersion: '1.0', pid: process.pid, nodeVersion: process.version };
  void worker.send(createMessage('ready', fields));
});
const host = new Connection(left, () => undefined);

const ready = await host.request(createMessage('hello', { protocolVersion: '1.0' }), 'ready');
console.log(`ready: process ${ready.pid}`);
await host.close();
//#endregion
assert.equal(ready.pid, process.pid);
await worker.closed;

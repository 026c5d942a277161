import { Connection, createMemoryTransports, createMessage, type Message } from '@holdfast/protocol';
import { expect, test } from 'vitest';

test('PRO-15 an answer finds its request by correlation id, everything else goes to the handler', async () => {
  const [left, right] = createMemoryTransports();
  const other: Message[] = [];
  const asker = new Connection(left, (message) => other.push(message));
  const answerer = new Connection(right, (message) => {
    void answerer.send(createMessage('shutdown', {}));
    void answerer.send(createMessage('ready', { correlationId: message.id, protocolVersion: '1.0', pid: 1, nodeVersion: '24' }));
  });

  const ready = await asker.request(createMessage('hello', { protocolVersion: '1.0' }), 'ready');

  expect(ready.pid).toBe(1);
  expect(other.map(({ type }) => type)).toEqual(['shutdown']);
  await asker.close();
  await answerer.closed;
});

test('PRO-15 a request fails when the other side goes away', async () => {
  const [left, right] = createMemoryTransports();
  const asker = new Connection(left, () => undefined);
  const asking = asker.request(createMessage('hello', { protocolVersion: '1.0' }), 'ready');

  await right.close();

  await expect(asking).rejects.toMatchObject({ code: 'HOLDFAST_PROTOCOL_TRANSPORT_CLOSED' });
});

test('PRO-15 a request that comes when the other side is gone already fails too', async () => {
  const [left, right] = createMemoryTransports();
  const asker = new Connection(left, () => undefined);
  expect(asker.isClosed).toBe(false);
  await right.close();
  await asker.closed;

  expect(asker.isClosed).toBe(true);
  await expect(asker.request(createMessage('hello', { protocolVersion: '1.0' }), 'ready')).rejects.toMatchObject({ code: 'HOLDFAST_PROTOCOL_TRANSPORT_CLOSED' });
});

test('PRO-15 a request fails when what handles messages has failed', async () => {
  const [left, right] = createMemoryTransports();
  const asker = new Connection(left, () => {
    throw new Error('cannot handle it');
  });
  await right.send(createMessage('shutdown', {}));
  await expect(asker.closed).rejects.toThrow('cannot handle it');

  await expect(asker.request(createMessage('hello', { protocolVersion: '1.0' }), 'ready')).rejects.toMatchObject({ code: 'HOLDFAST_PROTOCOL_TRANSPORT_CLOSED' });
});

import assert from 'node:assert/strict';
import { isHoldfastError } from '../error/holdfast-error.ts';
import { createMessage, type Message } from '../message/message.ts';
import type { Transport } from '../transport/transport.ts';
import type { ContractCase } from './contract-case.ts';

/** Opens the two ends of one fresh way. */
export type OpenTransports = () => Promise<[Transport, Transport]>;

/** What every transport must do. Run each case with any test runner. */
export const transportContract: readonly ContractCase<OpenTransports>[] = [
  {
    name: 'messages arrive whole, once and in order',
    run: async (open) => {
      const [left, right] = await open();
      const sent = Array.from({ length: 200 }, (_, index) => chunk(`line ${index} ${'ü'.repeat(index)}`));

      const sending = Promise.all(sent.map(async (message) => left.send(message)));
      const received = await take(right, sent.length);

      await sending;
      assert.deepEqual(received, sent);
      await left.close();
    },
  },
  {
    name: 'both ends send at the same time',
    run: async (open) => {
      const [left, right] = await open();
      const [ping, pong] = [chunk('ping'), chunk('pong')];

      await Promise.all([left.send(ping), right.send(pong)]);

      assert.deepEqual(await take(right, 1), [ping]);
      assert.deepEqual(await take(left, 1), [pong]);
      await left.close();
    },
  },
  {
    name: 'a second reader is refused at once',
    run: async (open) => {
      const [left, right] = await open();
      left.receive();

      assert.throws(
        () => left.receive(),
        (error) => isHoldfastError(error, 'HOLDFAST_PROTOCOL_TRANSPORT_CLAIMED'),
      );

      await Promise.all([left.close(), right.close()]);
    },
  },
  {
    name: 'closing one end ends the reader of the other after what was sent',
    run: async (open) => {
      const [left, right] = await open();
      const last = chunk('last');
      await left.send(last);

      await left.close();

      assert.deepEqual(await take(right, Number.POSITIVE_INFINITY), [last]);
      await right.close();
    },
  },
  {
    name: 'sending on a closed end is an error, closing twice is none',
    run: async (open) => {
      const [left, right] = await open();
      await left.close();
      await left.close();

      await assert.rejects(left.send(chunk('late')), (error) => isHoldfastError(error, 'HOLDFAST_PROTOCOL_TRANSPORT_CLOSED'));

      await right.close();
    },
  },
];

function chunk(text: string): Message {
  return createMessage('output', { stream: 'stdout', text, late: false });
}

async function take(transport: Transport, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  for await (const message of transport.receive()) {
    taken.push(message);
    if (taken.length >= count) break;
  }
  return taken;
}

import { protocolError } from '../errors.ts';
import { parseMessage } from '../message/message.ts';
import { Inbox } from './inbox.ts';
import type { Transport } from './transport.ts';

/** Two ends in one process. Reads like the specification of the port: validated, in order, one reader, closed together. */
export function createMemoryTransports(): [Transport, Transport] {
  const left = new Inbox();
  const right = new Inbox();
  return [end(left, right), end(right, left)];
}

function end(incoming: Inbox, outgoing: Inbox): Transport {
  let closed = false;
  return {
    send: async (message) => {
      if (closed) throw protocolError('HOLDFAST_PROTOCOL_TRANSPORT_CLOSED', `Cannot send "${message.type}": the transport is closed`);
      outgoing.put(parseMessage(structuredClone(message)));
    },
    receive: () => incoming.receive(),
    close: async () => {
      closed = true;
      incoming.end();
      outgoing.end();
    },
  };
}

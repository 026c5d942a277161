import * as z from 'zod';
import { protocolError } from '../errors.ts';
import { parseMessage } from '../message/message.ts';
import { Inbox } from './inbox.ts';
import type { Transport } from './transport.ts';

/** What a transport needs of a message port: of a web worker, of `node:worker_threads`, of a `MessageChannel`. */
export interface Port {
  postMessage(value: unknown): void;
  /** A message event has its value as `data`. */
  addEventListener(type: 'message' | 'close', listener: (event: object) => void): void;
  start(): void;
  close(): void;
}

export interface MessagePortTransportOptions {
  /** How many messages may be under way before `send` waits for the reader of the other side. @default 256 */
  readonly maxUnreadMessages?: number;
}

/** What travels through the port: a message, the word that some were read, or the end. */
const parcel = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message'), message: z.unknown() }),
  z.object({ kind: z.literal('read'), count: z.int().positive() }),
  z.object({ kind: z.literal('end') }),
]);

/** Messages over a message port. A port has no backpressure of its own, so the reader tells how far it got. */
export function createMessagePortTransport(port: Port, { maxUnreadMessages = 256 }: MessagePortTransportOptions = {}): Transport {
  const inbox = new Inbox();
  let unread = 0;
  let isClosed = false;
  let hasRoom = Promise.withResolvers<void>();

  const end = (failure?: Error): void => {
    isClosed = true;
    inbox.end(failure);
    hasRoom.resolve();
  };
  const mayGoOn = (): boolean => isClosed || unread < maxUnreadMessages;
  port.addEventListener('message', (event) => {
    try {
      const received = parcel.parse('data' in event ? event.data : undefined);
      if (received.kind === 'message') inbox.put(parseMessage(received.message));
      if (received.kind === 'end') end();
      if (received.kind === 'read') {
        unread -= received.count;
        hasRoom.resolve();
        hasRoom = Promise.withResolvers<void>();
      }
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
      port.close();
    }
  });
  port.addEventListener('close', () => end());
  port.start();

  return {
    send: async (message) => {
      if (isClosed) throw protocolError('HOLDFAST_PROTOCOL_TRANSPORT_CLOSED', `Cannot send "${message.type}": the transport is closed`);
      port.postMessage({ kind: 'message', message });
      unread += 1;
      while (!mayGoOn()) await hasRoom.promise;
    },
    receive: () => inbox.receive(() => port.postMessage({ kind: 'read', count: 1 })),
    close: async () => {
      if (isClosed) return;
      port.postMessage({ kind: 'end' });
      end();
      port.close();
    },
  };
}

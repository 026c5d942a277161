import type { Duplex } from 'node:stream';
import type { Codec } from '../codec/codec.ts';
import { msgpackCodec } from '../codec/msgpack.ts';
import { protocolError } from '../errors.ts';
import { FrameDecoder, headerBytes, sealFrame, type FramingOptions } from '../framing/framing.ts';
import { parseMessage } from '../message/message.ts';
import { Inbox } from './inbox.ts';
import type { Transport } from './transport.ts';

export interface StreamTransportOptions extends FramingOptions {
  /** @default msgpackCodec() */
  readonly codec?: Codec;
  /** Reading pauses while more messages than this wait for the reader. @default 1024 */
  readonly maxWaitingMessages?: number;
}

/**
 * Messages over a byte stream that both sides own alone: a pipe, a socket.
 * A frame that cannot be read ends the stream with its error, because nothing after it can be trusted.
 */
export function createStreamTransport(stream: Duplex, options: StreamTransportOptions = {}): Transport {
  const { codec = msgpackCodec(), maxWaitingMessages = 1024 } = options;
  const decoder = new FrameDecoder(options);
  const inbox = new Inbox();
  /** Shared by all who wait, however many they are. */
  let draining: Promise<void> | undefined;

  const fail = (error: unknown): void => {
    inbox.end(error instanceof Error ? error : new Error(String(error)));
    stream.destroy();
  };
  stream.on('data', (chunk: Uint8Array) => {
    try {
      decoder.push(chunk, (payload) => inbox.put(parseMessage(codec.decode(payload))));
    } catch (error) {
      fail(error);
    }
    if (inbox.size > maxWaitingMessages) stream.pause();
  });
  stream.on('end', () => {
    try {
      decoder.end();
      inbox.end();
    } catch (error) {
      fail(error);
    }
  });
  stream.on('error', fail);
  stream.on('close', () => inbox.end());

  return {
    send: async (message) => {
      const frame = sealFrame(codec.encode(message, headerBytes), options);
      if (!stream.writable) throw protocolError('HOLDFAST_PROTOCOL_TRANSPORT_CLOSED', `Cannot send "${message.type}": the transport is closed`);
      if (stream.write(frame)) return;
      draining ??= drained(stream).finally(() => {
        draining = undefined;
      });
      await draining;
    },
    receive: () =>
      inbox.receive(() => {
        if (stream.isPaused() && inbox.size <= maxWaitingMessages / 2) stream.resume();
      }),
    close: async () => {
      inbox.end();
      if (stream.destroyed) return;
      await new Promise<void>((resolve) => {
        stream.once('close', resolve);
        stream.end(() => stream.destroy());
      });
    },
  };
}

async function drained(stream: Duplex): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}

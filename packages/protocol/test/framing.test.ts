import { encodeFrame, FrameDecoder, msgpackCodec } from '@holdfast/protocol';
import { expect, test } from 'vitest';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const payloads = [bytes(1), bytes(), bytes(2, 3, 4), new Uint8Array(70_000).fill(7)];

const unread = (): void => expect.unreachable();

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test.each([1, 2, 3, 5, 7, 64, 4096, 100_000])('PRO-10 PRO-11 frames survive a stream that is cut every %i bytes', (size) => {
  const stream = joined(payloads.map((payload) => encodeFrame(payload)));
  const decoder = new FrameDecoder();
  const decoded: Uint8Array[] = [];

  for (let at = 0; at < stream.length; at += size) decoder.push(stream.subarray(at, at + size), (payload) => decoded.push(payload));
  decoder.end();

  expect(decoded.map((payload) => Array.from(payload))).toEqual(payloads.map((payload) => Array.from(payload)));
});

test('PRO-12 a frame over the limit is refused on both sides, from its header alone', () => {
  const tooLarge = expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_FRAME_TOO_LARGE' });
  expect(() => encodeFrame(bytes(1, 2, 3), { maxFrameBytes: 2 })).toThrow(tooLarge);
  expect(() => new FrameDecoder({ maxFrameBytes: 2 }).push(bytes(0, 0, 0, 3), unread)).toThrow(tooLarge);
  expect(() => new FrameDecoder().push(bytes(255, 255, 255, 255), unread)).toThrow(tooLarge);
});

test('PRO-12 a stream that ends inside a frame says so', () => {
  const decoder = new FrameDecoder();
  decoder.push(encodeFrame(bytes(1, 2, 3)).subarray(0, 5), unread);

  expect(() => decoder.end()).toThrow(expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_FRAME_TRUNCATED' }));
});

test('PRO-12 bytes that are no MessagePack are a typed error', () => {
  expect(() => msgpackCodec().decode(bytes(0x92, 1))).toThrow(expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_BAD_PAYLOAD' }));
});

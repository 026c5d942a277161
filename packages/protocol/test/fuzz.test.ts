import { encodeFrame, FrameDecoder, isHoldfastError, msgpackCodec, parseMessage } from '@holdfast/protocol';
import { array, assert, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';

/** Reads bytes as a peer would; gives the code of the error that ends the stream, or undefined. */
function read(chunks: readonly Uint8Array[]): string | undefined {
  const decoder = new FrameDecoder({ maxFrameBytes: 1 << 16 });
  const codec = msgpackCodec();
  try {
    for (const chunk of chunks) decoder.push(chunk, (payload) => void parseMessage(codec.decode(payload)));
    decoder.end();
    return undefined;
  } catch (error) {
    return isHoldfastError(error) ? error.code : `unexpected ${String(error)}`;
  }
}

const known = /^HOLDFAST_PROTOCOL_(?:BAD_PAYLOAD|INVALID_MESSAGE|FRAME_TOO_LARGE|FRAME_TRUNCATED)$/u;

test('PRO-12 any bytes end in a typed error or in nothing', () => {
  assert(
    property(array(uint8Array({ maxLength: 200 }), { maxLength: 8 }), (chunks) => {
      const code = read(chunks);
      expect(code ?? 'HOLDFAST_PROTOCOL_BAD_PAYLOAD').toMatch(known);
    }),
    { numRuns: 2000 },
  );
});

test('PRO-12 any frame around any bytes is refused or is a message', () => {
  assert(
    property(uint8Array({ minLength: 1, maxLength: 300 }), (payload) => {
      expect(read([encodeFrame(payload)]) ?? 'HOLDFAST_PROTOCOL_BAD_PAYLOAD').toMatch(known);
    }),
    { numRuns: 2000 },
  );
});

test('PRO-12 nesting without end is refused, not followed', () => {
  expect(read([encodeFrame(new Uint8Array(60_000).fill(0x91))])).toMatch(known);
});

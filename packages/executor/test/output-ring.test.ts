import { expect, test } from 'vitest';
import { createRingMemory, RecordKind, RingReader, RingWriter } from '../src/worker/output-ring.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (parts: readonly { readonly bytes: Uint8Array }[]): string => parts.map((part) => new TextDecoder().decode(part.bytes)).join('');

function ring() {
  const memory = createRingMemory();
  return { writer: new RingWriter(memory), reader: new RingReader(memory) };
}

test('records come out as they went in, with kind and cell', () => {
  const { writer, reader } = ring();

  writer.write(RecordKind.stdout, 1, bytes('a'));
  writer.write(RecordKind.stderr, 2, bytes('€'));
  writer.write(RecordKind.exit, 3, bytes(''));

  expect(reader.drain().map(({ kind, ordinal, bytes: { length } }) => [kind, ordinal, length])).toEqual([
    [RecordKind.stdout, 1, 1],
    [RecordKind.stderr, 2, 3],
    [RecordKind.exit, 3, 0],
  ]);
  expect(reader.drain()).toEqual([]);
});

test('nothing is lost while the ring goes round many times', () => {
  const { writer, reader } = ring();
  let read = '';
  let written = '';

  for (let round = 0; round < 400; round += 1) {
    const line = `${round}:${'x'.repeat((round * 7919) % 20_000)}\n`;
    written += line;
    writer.write(RecordKind.stdout, round, bytes(line));
    if (round % 7 === 0) read += text(reader.drain());
  }
  read += text(reader.drain());

  expect(read === written).toBe(true);
});

test('a write larger than a record becomes several, in order', () => {
  const { writer, reader } = ring();
  const large = `${'a'.repeat(300_000)}${'b'.repeat(300_000)}`;

  writer.write(RecordKind.stdout, 1, bytes(large));

  const records = reader.drain();
  expect(records.length).toBeGreaterThan(1);
  expect(text(records) === large).toBe(true);
});

test('the reader hears of what comes', async () => {
  const { writer, reader } = ring();
  const ready = reader.ready();

  writer.write(RecordKind.stdout, 1, bytes('now'));
  await ready;

  expect(text(reader.drain())).toBe('now');
});

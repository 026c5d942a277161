/**
 * What a message costs on its way: encode, frame, cut, decode and validate, against MessagePack alone and against JSON
 * lines with the same validation, in one run.
 *
 *     npm run bench -w packages/protocol
 */
import { createMessage, FrameDecoder, headerBytes, msgpackCodec, parseMessage, sealFrame, type Message } from '@holdfast/protocol';
import { Packr } from 'msgpackr';

const rounds = 15;
const perRound = 20_000;

const messages: Readonly<Record<string, Message>> = {
  'small output': createMessage('output', { executionId: crypto.randomUUID(), stream: 'stdout', text: 'line 1\n', late: false }),
  'typical result': createMessage('result', {
    executionId: crypto.randomUUID(),
    value: { rows: Array.from({ length: 20 }, (_, index) => ({ id: index, name: `name ${index}`, price: index * 1.25, isOpen: index % 2 === 0 })) },
    repr: '{ rows: [ { id: 0, name: "name 0", price: 0, isOpen: true }, … 19 more items ] }',
    executionTimeMs: 1.25,
  }),
  'output of 32 KiB': createMessage('output', { executionId: crypto.randomUUID(), stream: 'stdout', text: 'x'.repeat(32 * 1024), late: false }),
};

const newline = 10;
const raw = new Packr({ useRecords: false });
const codec = msgpackCodec();
const decoder = new FrameDecoder();

const ways: Readonly<Record<string, (message: Message) => unknown>> = {
  'raw msgpackr': (message) => raw.unpack(raw.pack(message)),
  holdfast: (message) => {
    let received: Message | undefined;
    decoder.push(sealFrame(codec.encode(message, headerBytes)), (payload) => {
      received = parseMessage(codec.decode(payload));
    });
    return received;
  },
  // A channel carries bytes, so both begin and end with them.
  'JSON lines, validated': (message) => {
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
    return parseMessage(JSON.parse(bytes.toString('utf8', 0, bytes.indexOf(newline))));
  },
};

for (const [name, message] of Object.entries(messages)) {
  const best = Object.fromEntries(Object.keys(ways).map((way) => [way, 0]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [way, run] of Object.entries(ways)) best[way] = Math.max(best[way] ?? 0, perSecond(run, message));
  }
  const ceiling = best['raw msgpackr'] ?? 1;
  console.log(`\n${name} (${codec.encode(message).length} bytes)`);
  for (const [way, rate] of Object.entries(best)) {
    console.log(`  ${way.padEnd(24)} ${Math.round(rate).toLocaleString('en').padStart(12)} messages/s   ${(rate / ceiling).toFixed(2)} of raw msgpackr`);
  }
}

function perSecond(run: (message: Message) => unknown, message: Message): number {
  const start = performance.now();
  for (let index = 0; index < perRound / 10; index += 1) run(message);
  return (perRound / 10 / (performance.now() - start)) * 1000;
}

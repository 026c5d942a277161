import { createMessage, type Message, type Transport } from '@holdfast/protocol';
import { RecordKind, type RingReader, type RingRecord } from './output-ring.ts';

type Decoder = InstanceType<typeof TextDecoder>;

/**
 * Everything that leaves the worker, in one order: what user code wrote, then the message that was put after it.
 * Waits for the transport, so a host that reads slowly fills the ring and stops the writer instead of the memory.
 */
export class Outbox {
  readonly #ring: RingReader;
  readonly #transport: Transport;
  readonly #identify: (ordinal: number) => { executionId?: string; late: boolean };
  readonly #onExit: (ordinal: number, code: number) => void;
  readonly #takeQuestion: (ordinal: number) => Message | undefined;
  readonly #inUserTerms: (stack: string) => string;
  readonly #decoders = new Map<string, Decoder>();
  #tail: Promise<void> = Promise.resolve();
  /** What has to leave before the first output of its cell. */
  #opening: { readonly ordinal: number; readonly message: Message } | undefined;

  constructor(
    ring: RingReader,
    transport: Transport,
    options: {
      readonly identify: (ordinal: number) => { executionId?: string; late: boolean };
      readonly onExit: (ordinal: number, code: number) => void;
      /** The message of a question that user code put to the host; undefined where it is answered already. */
      readonly takeQuestion: (ordinal: number) => Message | undefined;
      readonly inUserTerms: (stack: string) => string;
    },
  ) {
    this.#ring = ring;
    this.#transport = transport;
    this.#identify = options.identify;
    this.#onExit = options.onExit;
    this.#takeQuestion = options.takeQuestion;
    this.#inUserTerms = options.inUserTerms;
  }

  /** Sends output as it comes, until the transport closes. */
  async pump(): Promise<never> {
    for (;;) {
      // Each turn waits for the one before; that is the backpressure.
      // oxlint-disable-next-line no-await-in-loop
      await this.#ring.ready();
      // oxlint-disable-next-line no-await-in-loop
      await this.#inOrder(async () => this.#flush());
    }
  }

  /** Sends a message after all output that was written before this call. @param whenFlushed called between the two */
  async put(message: Message, whenFlushed?: () => void): Promise<void> {
    await this.#inOrder(async () => {
      await this.#flush();
      whenFlushed?.();
      await this.#transport.send(message);
    });
  }

  /** Sends the first message of a cell before anything that the cell writes, which it may do at once. */
  async open(ordinal: number, message: Message): Promise<void> {
    this.#opening = { ordinal, message };
    await this.#inOrder(async () => this.#sendOpening());
  }

  async #sendOpening(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening) await this.#transport.send(opening.message);
  }

  async #inOrder(step: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(step);
    this.#tail = done.catch(() => undefined); // whoever put it hears of it, and what comes behind goes on
    await done;
  }

  async #flush(): Promise<void> {
    for (const { kind, ordinal, bytes } of merged(this.#ring.drain())) {
      // oxlint-disable-next-line no-await-in-loop -- as below
      if (ordinal === this.#opening?.ordinal) await this.#sendOpening();
      if (kind === RecordKind.exit) {
        this.#onExit(ordinal, new Int32Array(bytes.slice().buffer)[0] ?? 1);
        continue;
      }
      if (kind === RecordKind.question) {
        const question = this.#takeQuestion(ordinal);
        // oxlint-disable-next-line no-await-in-loop -- as below
        if (question) await this.#transport.send(question);
        continue;
      }
      const stream = kind === RecordKind.stdout ? 'stdout' : 'stderr';
      const decoded = this.#decoder(stream, ordinal).decode(bytes, { stream: true });
      const text = kind === RecordKind.failure ? this.#inUserTerms(decoded) : decoded;
      if (text === '') continue;
      // Sent one after the other: the order is the point.
      // oxlint-disable-next-line no-await-in-loop
      await this.#transport.send(createMessage('output', { ...this.#identify(ordinal), stream, text }));
    }
  }

  /** A character may be cut between two writes, so each stream of each cell keeps its decoder. */
  #decoder(stream: string, ordinal: number): Decoder {
    const key = `${stream} ${ordinal}`;
    const known = this.#decoders.get(key) ?? new TextDecoder();
    this.#decoders.delete(key);
    this.#decoders.set(key, known);
    const [oldest] = this.#decoders.keys();
    if (this.#decoders.size > 64 && oldest !== undefined) this.#decoders.delete(oldest);
    return known;
  }
}

/** Joins neighbours of the same cell and stream, so that many small writes become one message. */
function merged(records: readonly RingRecord[]): RingRecord[] {
  const joined: { first: RingRecord; parts: Uint8Array[] }[] = [];
  for (const record of records) {
    const last = joined.at(-1);
    if (last && last.first.kind === record.kind && last.first.ordinal === record.ordinal && isText(record.kind)) {
      last.parts.push(record.bytes);
    } else {
      joined.push({ first: record, parts: [record.bytes] });
    }
  }
  return joined.map(({ first, parts }) => ({ kind: first.kind, ordinal: first.ordinal, bytes: parts.length === 1 ? first.bytes : Buffer.concat(parts) }));
}

function isText(kind: RecordKind): boolean {
  return kind !== RecordKind.exit && kind !== RecordKind.question;
}

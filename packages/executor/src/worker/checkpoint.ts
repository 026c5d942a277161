/**
 * The control thread's part in checkpoints: it vouches for the bytes, and finds out about functions what the main
 * thread cannot see.
 */
import { createHash } from 'node:crypto';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { listFunctions, type FunctionReport } from '@holdfast/namespace';
import { checkpointFormat, defaultMaxFrameBytes, isHoldfastError, type CheckpointData, type MessageInput, type SkippedEntry } from '@holdfast/protocol';
import { learnNames, keywordFor, type KnownName } from '../analysis/known-names.ts';
import { executorError } from '../errors.ts';
import { describeFunction, isDeclarable } from './checkpoint-functions.ts';
import { restoredName, type CheckpointTry, type LexicalName, type RestoreTry } from './checkpoint-tools.ts';
import type { MainThread } from './inspector.ts';

/** Functions are described as they turn up; those that timers make meanwhile end up among the skipped. */
const maxTries = 3;
const group = 'checkpoint';

export class Checkpoints {
  readonly #mainThread: MainThread;
  readonly #tools: string;
  readonly #port: MessagePort;
  readonly #known: Map<string, KnownName>;

  /** @param known what the cells so far tell about their names; a restore adds to it */
  constructor(mainThread: MainThread, tools: string, port: MessagePort, known: Map<string, KnownName>) {
    this.#mainThread = mainThread;
    this.#tools = tools;
    this.#port = port;
    this.#known = known;
  }

  /** @throws HOLDFAST_EXECUTOR_CHECKPOINT_TOO_LARGE */
  async take(checkpointId: string, executionId: string): Promise<Pick<MessageInput<'checkpoint-taken'>, 'checkpoint' | 'kept' | 'skipped'>> {
    const lexical = await this.#lexicalNames();
    for (let tries = 1; ; tries += 1) {
      const { kept, skipped, unknown } = decode<CheckpointTry>(await this.#call('takeCheckpoint', lexical));
      const namespace = this.#receive();
      if (unknown.length > 0 && tries < maxTries) {
        await this.#call('learnFunctions', JSON.stringify(await this.#describe(unknown)));
        continue;
      }
      assertFits(namespace, kept, skipped);
      const checkpoint = { checkpointId, executionId, format: checkpointFormat, namespace, digest: digestOf(namespace), size: namespace.length, createdAt: Date.now() };
      return { checkpoint, kept: [...kept], skipped: [...skipped] };
    }
  }

  /** @throws HOLDFAST_EXECUTOR_CHECKPOINT_FORMAT, HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT */
  async restore(checkpoint: CheckpointData): Promise<{ restored: string[]; skipped: SkippedEntry[] }> {
    assertSound(checkpoint);
    const lexical = await this.#mainThread.allLexicalNames();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, not of a window
    this.#port.postMessage(checkpoint.namespace.slice());
    const { written, declared, skipped } = decode<RestoreTry>(await this.#call('restoreCheckpoint', lexical));
    const restored = [...written];
    const left = [...skipped];
    for (const [name, binding] of declared) {
      // One after the other: a name that cannot be declared must not take others with it.
      // oxlint-disable-next-line no-await-in-loop
      if (isDeclarable(name) && (await this.#declare(name, binding === 'const' ? 'const' : 'let'))) restored.push(name);
      else left.push({ name, reason: 'the name cannot be declared here' });
    }
    await this.#call('endRestore');
    return { restored, skipped: left };
  }

  async #declare(name: string, kind: 'let' | 'const'): Promise<boolean> {
    const keyword = keywordFor(kind, this.#known.get(name));
    const { exceptionDetails } = await this.#mainThread.evaluate(`${keyword} ${name} = globalThis.${restoredName}[${JSON.stringify(name)}]; undefined`);
    if (exceptionDetails) return false;
    this.#mainThread.noteDeclared([name]);
    learnNames(this.#known, { declarations: new Map([[name, kind]]), origins: new Map() });
    return true;
  }

  async #lexicalNames(): Promise<LexicalName[]> {
    const names = await this.#mainThread.lexicalNames();
    return names.map((name) => [name, this.#known.get(name)?.isConstant ? 'const' : 'let']);
  }

  /** What the texts say, beside what V8 says about the scopes of the functions themselves. */
  async #describe(sources: readonly string[]): Promise<FunctionReport[]> {
    try {
      const list = await this.#mainThread.hold(this.#tools, 'unknownFunctions', group);
      const functions = (await this.#mainThread.properties(list)).values;
      return await Promise.all(
        sources.map(async (source, index) => {
          const objectId = functions.get(String(index));
          return describeFunction(source, objectId === undefined ? new Set() : await this.#captured(objectId));
        }),
      );
    } finally {
      this.#mainThread.release(group);
    }
  }

  async #captured(objectId: string): Promise<ReadonlySet<string>> {
    const { internals } = await this.#mainThread.properties(objectId);
    const scopes = internals.get('[[Scopes]]');
    if (scopes === undefined) return new Set();
    const { values, descriptions } = await this.#mainThread.properties(scopes);
    const inner = [...values].filter(([index]) => !/^(?:Script|Global)\b/u.test(descriptions.get(index) ?? ''));
    const names = await Promise.all(inner.map(async ([, scope]) => (await this.#mainThread.properties(scope)).names));
    return new Set(names.flat());
  }

  #receive(): Uint8Array<ArrayBuffer> {
    const received: { readonly message: unknown } | undefined = receiveMessageOnPort(this.#port);
    if (received?.message instanceof Uint8Array) return Uint8Array.from(received.message);
    throw new TypeError('The main thread sent no checkpoint');
  }

  async #call(method: string, ...values: readonly unknown[]): Promise<unknown> {
    return this.#mainThread.call(this.#tools, method, ...values.map((value) => ({ value })));
  }
}

/** Nothing of it reaches the main thread before the bytes are whole and the functions in them are nothing but functions. */
function assertSound({ checkpointId, namespace, digest, size, format }: CheckpointData): void {
  const cannot = `Cannot restore checkpoint "${checkpointId}"`;
  if (format !== checkpointFormat) {
    throw executorError('HOLDFAST_EXECUTOR_CHECKPOINT_FORMAT', `${cannot}: its format is ${format}, expected ${checkpointFormat}`, { data: { format } });
  }
  if (size !== namespace.length || digest !== digestOf(namespace)) {
    throw executorError('HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT', `${cannot}: its bytes do not have the digest "${digest}"`);
  }
  try {
    for (const { kind, source } of listFunctions(namespace)) {
      const report = describeFunction(source, new Set());
      if ('refused' in report || report.kind !== kind) {
        throw executorError('HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT', `${cannot}: a text in it is no ${kind}`);
      }
    }
  } catch (cause) {
    if (!isHoldfastError(cause) || cause.code.startsWith('HOLDFAST_EXECUTOR_')) throw cause;
    const isFormat = cause.code === 'HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT';
    throw executorError(isFormat ? 'HOLDFAST_EXECUTOR_CHECKPOINT_FORMAT' : 'HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT', `${cannot}: ${cause.message}`, { cause });
  }
}

/** The bytes have their own limit; names and reasons beside them could still burst the frame. */
function assertFits(namespace: Uint8Array, kept: readonly string[], skipped: readonly SkippedEntry[]): void {
  const texts = [...kept, ...skipped.flatMap(({ name, reason }) => [name, reason])];
  const bytes = namespace.length + texts.reduce((sum, text) => sum + text.length * 3 + 16, 4096);
  if (bytes <= defaultMaxFrameBytes) return;
  throw executorError('HOLDFAST_EXECUTOR_CHECKPOINT_TOO_LARGE', `Cannot take a checkpoint: its message would have up to ${bytes} bytes`, { data: { bytes } });
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what the tool makes
function decode<Answer>(answer: unknown): Answer {
  if (typeof answer !== 'string') throw new TypeError(`The main thread answered with ${typeof answer}, expected JSON text`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return JSON.parse(answer) as Answer;
}

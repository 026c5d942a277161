/**
 * The main thread's part in checkpoints: it reads and writes the values, in one turn of the event loop that can be
 * terminated like a cell. What only a parser or the inspector knows of functions comes from the control thread.
 */
import { types } from 'node:util';
import { MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { decodeCheckpoint, encodeCheckpoint, isEngineInternal, type Binding, type CheckpointEntry, type FunctionReport, type Namespace, type SkippedName } from '@holdfast/namespace';
import { decodeJson, encodeJson, evaluateText, Object, realm, Reflect, Set, TypeError, Uint8Array, WeakMap } from './intrinsics.ts';

/** A name and the keyword of its declaration. */
export type LexicalName = readonly [name: string, binding: 'let' | 'const'];

/** How a try to take a checkpoint went. Where functions are unknown it has to be tried again. */
export interface CheckpointTry {
  readonly kept: readonly string[];
  readonly skipped: readonly SkippedName[];
  /** The texts of the functions that the control thread has not described yet. */
  readonly unknown: readonly string[];
}

/** What a restore wrote, and what is left to be declared. */
export interface RestoreTry {
  readonly written: readonly string[];
  readonly declared: readonly (readonly [name: string, binding: Binding])[];
  readonly skipped: readonly SkippedName[];
}

export interface CheckpointTools {
  /** Encodes the namespace and puts the bytes on the port. */
  takeCheckpoint(lexical: readonly LexicalName[]): Promise<string>;
  /** The functions of the last try whose texts were unknown, in that order. */
  unknownFunctions(): readonly object[];
  /** Takes the reports on those functions, as JSON text. */
  learnFunctions(reports: string): void;
  /** Decodes the bytes on the port and writes the names that need no declaration. */
  restoreCheckpoint(lexical: readonly string[]): Promise<string>;
  /** Lets go of the values that were declared. */
  endRestore(): void;
}

/** The global under which the values stand that the control thread declares, while it does. */
export const restoredName = '__holdfast_restored';

export interface CheckpointToolsOptions {
  readonly namespace: Namespace;
  /** On which the bytes travel. */
  readonly port: MessagePort;
  readonly afterTurn: () => Promise<void>;
  /** Reads the stack of an error without a hook of the user's. */
  readonly readStack: (read: () => unknown) => unknown;
}

export function createCheckpointTools({ namespace, port, afterTurn, readStack }: CheckpointToolsOptions): CheckpointTools {
  const reports = new WeakMap<object, FunctionReport>();
  let unknown: object[] = [];

  return {
    takeCheckpoint: async (lexical) => {
      await afterTurn();
      unknown = [];
      const sources: string[] = [];
      const { bytes, kept, skipped } = encodeCheckpoint(listEntries(namespace, lexical), {
        types: objectTypes,
        readStack,
        findPlatformValue: (name) => (namespace.isGiven(name) ? { value: Reflect.getOwnPropertyDescriptor(realm, name)?.value as unknown } : undefined),
        describeFunction: (value, source) => {
          const report = reports.get(value);
          if (!report && !unknown.includes(value)) sources[unknown.push(value) - 1] = source;
          return report ?? { refused: 'a function that was made while the checkpoint was taken' };
        },
      });
      Reflect.apply(postMessage, port, [bytes, [bytes.buffer]]);
      return encodeJson({ kept, skipped, unknown: sources } satisfies CheckpointTry);
    },
    unknownFunctions: () => unknown,
    learnFunctions: (text) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the control thread is this package's own
      const answers = decodeJson(text) as FunctionReport[];
      for (let index = 0; index < unknown.length; index += 1) {
        const [value, report] = [unknown[index], answers[index]];
        if (value && report) reports.set(value, report);
      }
      unknown = [];
    },
    restoreCheckpoint: async (lexical) => {
      await afterTurn();
      const { entries, skipped } = decodeCheckpoint(receiveBytes(port), { evaluate });
      return encodeJson(restoreEntries(namespace, entries, skipped, new Set(lexical)));
    },
    endRestore: () => {
      Reflect.deleteProperty(realm, restoredName);
    },
  };
}

// oxlint-disable-next-line typescript/unbound-method -- called on a port each time
const { postMessage } = MessagePort.prototype;
/** The tests as they are now: user code shares the object that they come from. */
const objectTypes = { ...types };

function listEntries(namespace: Namespace, lexical: readonly LexicalName[]): CheckpointEntry[] {
  const entries: CheckpointEntry[] = [];
  for (const [name, binding] of lexical) {
    if (isEngineInternal(name)) continue;
    entries.push({ name, binding, ...readLexical(name) });
  }
  const taken = new Set(entries.map(({ name }) => name));
  for (const name of namespace.names()) {
    const descriptor = taken.has(name) ? undefined : Reflect.getOwnPropertyDescriptor(realm, name);
    if (descriptor) entries.push({ name, binding: 'property', value: descriptor.value, ...(!Object.hasOwn(descriptor, 'value') && { refused: 'a getter' }) });
  }
  return entries;
}

/** A lexical name has no other reader. One whose initialiser threw has no value and never will. */
function readLexical(name: string): { readonly value: unknown; readonly refused?: string } {
  try {
    return { value: evaluateText(name) as unknown };
  } catch {
    return { value: undefined, refused: 'it never got a value' };
  }
}

function receiveBytes(port: MessagePort): Uint8Array {
  const received: { readonly message: unknown } | undefined = receiveMessageOnPort(port);
  if (received?.message instanceof Uint8Array) return received.message;
  throw new TypeError('The control thread sent no checkpoint');
}

/** The text becomes a function of the global scope, as it was. A class finds its parent under the name that its text has for it. */
function evaluate(source: string, names: ReadonlyMap<string, unknown>): unknown {
  const before: [string, PropertyDescriptor | undefined][] = [];
  try {
    for (const [name, value] of names) {
      const descriptor = Reflect.getOwnPropertyDescriptor(realm, name);
      if (Reflect.defineProperty(realm, name, { value, configurable: true, writable: true })) before.push([name, descriptor]);
    }
    return evaluateText(`(${source}\n)`) as unknown;
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Reflect.defineProperty(realm, name, descriptor);
      else Reflect.deleteProperty(realm, name);
    }
  }
}

/** Properties are merged here; what is a `let` or a `const`, there or here, is handed over to be declared. */
function restoreEntries(namespace: Namespace, entries: readonly CheckpointEntry[], lost: readonly SkippedName[], lexical: ReadonlySet<string>): RestoreTry {
  const holder: Record<string, unknown> = {};
  const declared: (readonly [string, Binding])[] = [];
  const written: string[] = [];
  const skipped = [...lost];
  for (const { name, binding, value } of entries) {
    if (binding !== 'property' || lexical.has(name)) {
      Object.defineProperty(holder, name, { value });
      declared.push([name, binding]);
      continue;
    }
    const refused = tryUpdate(namespace, name, value);
    if (refused === undefined) written.push(name);
    else skipped.push({ name, reason: refused });
  }
  Object.defineProperty(realm, restoredName, { value: holder, configurable: true });
  return { written, declared, skipped };
}

function tryUpdate(namespace: Namespace, name: string, value: unknown): string | undefined {
  try {
    return namespace.update(Object.fromEntries([[name, value]]))[0]?.reason;
  } catch {
    return 'the name is read-only here'; // the only error that an update has
  }
}

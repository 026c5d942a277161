/**
 * The main thread of a worker: where user code runs. It only offers tools to the control thread, which owns the
 * channel to the host, compiles cells, starts them here through V8's inspector, and stops them.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { History, isEngineInternal, Namespace } from '@holdfast/namespace';
import { hostObjectName, type HostObject } from '../engine/host-object.ts';
import type { CompletionTarget } from '../analysis/completion-target.ts';
import { captureOutput } from './capture-output.ts';
import { createCompleter } from './complete-names.ts';
import { AwaitGuard } from './await-guard.ts';
import { HostAsker } from './ask-host.ts';
import { capabilitiesName, createCapabilities, type OfferedCapability } from './capabilities.ts';
import { createCheckpointTools } from './checkpoint-tools.ts';
import { describeThrown, describeValue, type DescribedError, type DescribedValue } from './describe.ts';
import { Buffer, DOMException, Int32Array, Number, Object, Promise, Reflect, Set, SharedArrayBuffer, Uint8Array, Atomics, decodeJson, encodeJson, process, queueMicrotask, realm, setImmediate } from './intrinsics.ts';
import { hidePrivilegedModules } from './hide-privileged-modules.ts';
import type { SharedWithControlThread } from './launch-control-thread.ts';
import { listNames } from './list-names.ts';
import { createModuleLoader } from './load-module.ts';
import { toolsName, type MainThreadTools } from './main-thread-tools.ts';
import { createPrompt } from './prompt.ts';
import { RecordKind, RingWriter } from './output-ring.ts';
import { PlaceAsker } from './place-asker.ts';
import { Progress } from './progress.ts';
import { showUserStacks } from './stack-frames.ts';
import { answerTurns } from './turns.ts';

/** How long a text may be that V8 hands on as it is. */
const maxPlainCharacters = 64 * 1024;

/** Holds a long text on its way to being described. */
class Box {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const engineUrl = new URL('..', import.meta.url).href;

export function startMainThread(shared: SharedWithControlThread): void {
  const ring = new RingWriter(shared.ring);
  const cell = new AsyncLocalStorage<number>();
  const currentOrdinal = (): number => cell.getStore() ?? 0;
  const loader = createModuleLoader(currentOrdinal);
  const guard = new AwaitGuard();
  const places = new PlaceAsker(shared.places.port, shared.places.bell);
  const readStack = showUserStacks({ find: (file, line, column) => places.find(file, line, column), engineUrl });
  const progress = new Progress(shared.progress);
  answerTurns(shared.turns, progress);

  const host: HostObject = {
    begin: async (ordinal, source, filename) => {
      prepare(ordinal, source, filename);
      cell.enterWith(ordinal);
      progress.begin(ordinal);
      await guard.turn(ordinal);
    },
    end: async (value) => describe(value, currentOrdinal()),
    boxed: (value) => (typeof value === 'string' && value.length > maxPlainCharacters ? new Box(value) : value),
    guard: async (value) => await guard.wait(value, currentOrdinal()),
    iterate: (iterable) => guard.iterate(iterable, currentOrdinal()),
    load: loader.load,
    link: loader.link,
    meta: Object.freeze(loader.meta),
  };

  captureOutput(ring, currentOrdinal);
  reportLateFailures(ring, currentOrdinal);
  process.exit = (code) => exit(ring, currentOrdinal(), code);
  const asker = new HostAsker({ port: shared.questions, bell: shared.bell, ring, currentOrdinal, onCancelled: (ordinal) => guard.told(ordinal) });
  const capabilities = createCapabilities(asker);
  Reflect.set(realm, 'require', loader.require);
  Reflect.set(realm, 'prompt', createPrompt(asker));
  Object.defineProperty(realm, hostObjectName, { value: Object.freeze(host) });
  const namespace = new Namespace(realm);
  const complete = createCompleter(() => namespace.names());
  const history = new History(namespace);

  const tools: MainThreadTools = {
    ...createCheckpointTools({ namespace, port: shared.checkpoints, afterTurn, readStack }),
    prepare,
    describe: async (value, ordinal) => await describe(value instanceof Box ? value.text : value, ordinal),
    describeThrown: async (thrown) => {
      await afterTurn();
      const described: DescribedError = describeThrown(thrown);
      history.recordException(thrown);
      return encodeJson(described);
    },
    cancel: (reason, ordinal) => {
      guard.reject(new DOMException(`The cell was cancelled by ${reason}`, 'AbortError'), ordinal);
      loader.abandon(ordinal);
    },
    park: (ordinal) => {
      guard.park(ordinal);
      loader.abandon(ordinal);
    },
    offer: (text) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the control thread is this package's own
      capabilities.offer(decodeJson(text) as OfferedCapability[]);
      namespace.protect(capabilitiesName, capabilities.object);
    },
    recordExit: (code) => history.recordExitCode(code),
    countNames: (lexical) => new Set([...namespace.names(), ...lexical.filter((name) => !isEngineInternal(name))]).size,
    clearNames: () => encodeJson(namespace.clear()),
    complete: (text, lexical) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the control thread is this package's own
      const target = decodeJson(text) as CompletionTarget;
      return encodeJson(complete(target, lexical));
    },
    names: (lexical) => encodeJson(listNames(namespace.names(), lexical.filter((name) => !isEngineInternal(name)))),
  };
  function prepare(ordinal: number, source: string, filename: string): void {
    loader.setFile(filename);
    places.forget();
    history.recordInput(source, ordinal);
    process.exitCode = undefined;
  }

  async function describe(value: unknown, ordinal: number): Promise<string> {
    await afterTurn();
    const described: DescribedValue & { exitCode?: number } = describeValue(value);
    history.recordExpressionResult(value, ordinal);
    const exitCode = Number(process.exitCode ?? 0);
    return encodeJson(exitCode === 0 ? described : { ...described, exitCode });
  }

  Object.defineProperty(realm, toolsName, { value: tools, configurable: true });

  if (Reflect.has(process, 'permission')) hidePrivilegedModules();

  progress.setReady();
}

/** Ends the cell, not the process: the control thread hears of it and terminates what runs here. */
function exit(ring: RingWriter, ordinal: number, code: number | string | null | undefined): never {
  const exitCode = Number(code ?? process.exitCode ?? 0);
  ring.write(RecordKind.exit, ordinal, new Uint8Array(new Int32Array([Number.isInteger(exitCode) ? exitCode : 1]).buffer));
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) Atomics.wait(never, 0, 0);
}

/** A rejection or an exception that no cell handles is reported as output of its cell; the session lives. */
function reportLateFailures(ring: RingWriter, currentOrdinal: () => number): void {
  keepListening({
    unhandledRejection: (reason) => report('Unhandled rejection', reason),
    uncaughtException: (thrown) => report('Uncaught exception', thrown),
  });

  function report(kind: string, thrown: unknown): void {
    const { name, message, stack } = describeThrown(thrown);
    ring.write(RecordKind.failure, currentOrdinal(), Buffer.from(`${kind}: ${stack === '' ? `${name}: ${message}` : stack}\n`));
  }
}

async function afterTurn(): Promise<void> {
  await new Promise((settle) => setImmediate(settle));
}

/** Listens to the process also after user code removed the listeners, because without them a rejection would end it. */
function keepListening(listeners: Readonly<Record<string, (thrown: unknown) => void>>): void {
  const restore = (): void => {
    for (const name in listeners) {
      const listener = listeners[name];
      if (listener && process.listenerCount(name, listener) === 0) process.on(name, listener);
    }
    if (process.listenerCount('removeListener', restoreSoon) === 0) process.on('removeListener', restoreSoon);
  };
  /** When whoever removes them is done. */
  const restoreSoon = (): void => queueMicrotask(restore);
  restore();
}

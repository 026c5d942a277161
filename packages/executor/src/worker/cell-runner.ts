import { flushCompileCache } from 'node:module';
import { createMessage, type Completion, type MessageOf, type NamespaceEntry, type ThrownError } from '@holdfast/protocol';
import { learnNames, type KnownName } from '../analysis/known-names.ts';
import { killDescendants } from '../cancellation/descendants.ts';
import type { CompiledCell } from '../engine/compile-cell.ts';
import type { WorkerSettings } from '../worker-settings.ts';
import type { CellInspection } from './cell-inspection.ts';
import { cellUrl } from '../engine/cell-url.ts';
import { describeTypeScriptError } from '../engine/type-script-error.ts';
import { executorError } from '../errors.ts';
import type { DescribedError, DescribedValue } from './describe.ts';
import type { CallArgument, MainThread, RemoteObject } from './inspector.ts';
import type { MainThreadTools } from './main-thread-tools.ts';
import type { WatchMemory } from './memory-watch.ts';
import type { Outbox } from './outbox.ts';
import type { FindPosition } from './place-desk.ts';
import { isRunnable, ranMs } from './processor-time.ts';
import type { Progress } from './progress.ts';
import { endMessage, isBeingStopped, type CellEnding, type RunningCell } from './running-cell.ts';
import type { Turns } from './turns.ts';
import { inUserTerms, rewriteStack } from './user-stack.ts';

const engineUrl = new URL('..', import.meta.url).href;
/** A main thread that does not turn its event loop for this long is taken to be blocked. */
const patienceMs = 15;
/** For one that is ready and had the processor for less than half of that, as on a busy machine: it has not shown that it is blocked. */
const busyPatienceMs = 100;
/** After each termination it gets twice as long to show that it does, up to this, because each may hit what it need not. */
const maxPatienceMs = 250;
/** One that slept until its question was failed gets longer: it burns nothing, and a busy machine may let it wait. */
const wakingPatienceMs = 250;
/** One that does not even end when V8 is told to is taken to wait in native code. */
const nativePatienceMs = 45;
/** How long a cell that uses too much memory may spend in its `finally` blocks, and go on using more meanwhile. */
const memoryGraceMs = 100;
const keptCells = 1000;
/** How often the main thread is asked something that does not change it. */
const maxTries = 5;
const warmUpDelayMs = 300;

/** Runs one cell at a time on the main thread and ends each with exactly one message. */
export class CellRunner {
  readonly #mainThread: MainThread;
  readonly #tools: string;
  readonly #progress: Progress;
  readonly #turns: Turns;
  readonly #outbox: Outbox;
  readonly #watchMemory: WatchMemory;
  readonly #settings: WorkerSettings;
  readonly #graceMs: number;
  readonly #isRepl: boolean;
  #inspection: CellInspection | undefined;
  /** What the cells so far tell about their names. */
  readonly known = new Map<string, KnownName>();
  readonly #cells = new Map<string, { readonly file: string; readonly sourcePosition: CompiledCell['sourcePosition'] }>();
  readonly #executionIds = new Map<number, string>();
  #ordinal = 0;
  #namespaceSize = 0;
  #terminations = 0;
  #running: RunningCell | undefined;
  /** Whether something else has the main thread for itself, and no cell may start. */
  #isReserved = false;

  constructor(
    mainThread: MainThread,
    tools: string,
    progress: Progress,
    turns: Turns,
    outbox: Outbox,
    watchMemory: WatchMemory,
    { cancelGraceMs = 2000, ...settings }: WorkerSettings = {},
  ) {
    this.#settings = settings;
    this.#graceMs = cancelGraceMs;
    this.#isRepl = settings.fallback !== 'always';
    this.#mainThread = mainThread;
    this.#tools = tools;
    this.#progress = progress;
    this.#turns = turns;
    this.#outbox = outbox;
    this.#watchMemory = watchMemory;
  }

  /** How many names there were when it was looked last; while no cell runs, another look is on its way. */
  get namespaceSize(): number {
    if (!this.#running && !this.#isReserved) void this.#countNames().catch(() => undefined); // the next time, then
    return this.#namespaceSize;
  }

  /** Empty before the first one. */
  get lastExecutionId(): string {
    return this.#executionIds.get(this.#ordinal) ?? '';
  }

  /**
   * Does something while no cell runs, and lets none start meanwhile.
   *
   * @throws HOLDFAST_EXECUTOR_SESSION_BUSY
   */
  async betweenCells<Answer>(step: () => Promise<Answer>): Promise<Answer> {
    if (this.#running || this.#isReserved) {
      throw executorError('HOLDFAST_EXECUTOR_SESSION_BUSY', 'Cannot keep or restore variables: the worker is busy', {
        data: { runningExecutionId: this.#running?.executionId ?? null },
      });
    }
    this.#isReserved = true;
    try {
      return await step();
    } finally {
      this.#isReserved = false;
    }
  }

  /** Which execution a cell belongs to, and whether it ended already. */
  identify(ordinal: number): { executionId?: string; late: boolean } {
    const executionId = this.#executionIds.get(ordinal);
    return { ...(executionId !== undefined && { executionId }), late: this.#running?.ordinal !== ordinal };
  }

  /** Loads what the first cell needs, and somewhat later, as it takes long, what the first cell with types needs. */
  async warmUp(): Promise<void> {
    await this.#inspect();
    await delay(warmUpDelayMs);
    const { stripTypes } = await import('../engine/strip-types.ts');
    if (!this.#running) stripTypes('let warm: number');
    flushCompileCache(); // Node would do it at an exit, and workers are ended by signals
  }

  /** A worker is ready without it, and has loaded it when the first cell arrives. */
  async #inspect(): Promise<CellInspection> {
    const loaded = await import('./cell-inspection.ts');
    return (this.#inspection ??= new loaded.CellInspection(this.#settings));
  }

  async run(message: MessageOf<'execution'>): Promise<void> {
    const { executionId, code, filename } = message;
    if (this.#running || this.#isReserved) {
      const runningExecutionId = this.#running?.executionId ?? 'checkpoint';
      await this.#outbox.put(createMessage('busy', { executionId, correlationId: message.id, runningExecutionId }));
      return;
    }
    const ordinal = ++this.#ordinal;
    const cell: RunningCell = {
      executionId,
      ordinal,
      startedAt: performance.now(),
      evaluation: Promise.withResolvers(),
      stopped: Promise.withResolvers(),
      ended: Promise.withResolvers(),
      stopWatching: this.#watchMemory(() => void this.cancel(executionId, 'memory', { graceMs: memoryGraceMs })),
    };
    this.#running = cell;
    remember(this.#executionIds, ordinal, executionId);

    let compiled: CompiledCell;
    try {
      compiled = (this.#inspection ?? (await this.#inspect())).compile({ code, language: message.language, filename, ordinal }, this.known);
    } catch (error) {
      await this.#end(cell, { type: 'thrown', error: describeTypeScriptError(error, { code, file: filename }) });
      return;
    }
    this.#start(cell, compiled, message);
    await this.#finish(cell, compiled, message);
  }

  /** Stops a cell: rejects its awaits, and terminates the thread while it does not answer. */
  async cancel(executionId: string, by: string, { graceMs = this.#graceMs, isWaking = false } = {}): Promise<void> {
    const cell = this.#running;
    if (cell?.executionId !== executionId || cell.cancelled) return;
    cell.cancelled = { by, step: 'signal' };
    this.#tell('cancel', { value: by }, { value: cell.ordinal });
    let isResponsive = await this.#isResponsive(isWaking ? wakingPatienceMs : patienceMs);
    if (isResponsive) {
      // A cell that is done may have started something that blocks the thread before the end is told.
      const isDone = await settlesWithin(cell.evaluation.promise, graceMs);
      if (isDone && (await settlesWithin(cell.ended.promise, patienceMs))) return;
      isResponsive = await this.#isResponsive(patienceMs);
    }
    if (!isResponsive && !cell.isEnding) {
      cell.cancelled.step = 'terminate';
      await this.#terminate(cell);
    }
    this.#tell('park', { value: cell.ordinal });
    cell.stopped.resolve(undefined);
  }

  /** Ends a cell that called `process.exit`, and waits inside that call; of one that has ended, only the call. */
  exit(ordinal: number, code: number): void {
    const cell = this.#running;
    if (cell?.ordinal !== ordinal) return void this.#terminateOnce();
    cell.exitCode = code;
    void this.#terminate(cell).then(() => cell.stopped.resolve(undefined));
  }

  /** A stack with only frames of user code, at places of the user's own source. */
  inUserTerms(stack: string): string {
    return rewriteStack(stack, this.#isCell, engineUrl).stack;
  }

  async listNames(): Promise<NamespaceEntry[]> {
    return decode<NamespaceEntry[]>(await this.#askPersistently(async () => this.#mainThread.call(this.#tools, 'names', { value: await this.#mainThread.lexicalNames() })));
  }

  /** How a text may go on. */
  async complete(code: string): Promise<Completion> {
    const { findCompletionTarget } = await import('../analysis/completion-target.ts');
    const target = findCompletionTarget(code);
    if (!target) return { start: code.length, candidates: [] };
    return decode<Completion>(await this.#askPersistently(async () => this.#mainThread.call(this.#tools, 'complete', { value: JSON.stringify(target) }, { value: await this.#mainThread.lexicalNames() })));
  }

  /** Lets go of the names that the user made: properties are deleted, lexical names hold `undefined` and are not listed any more. */
  async clearNames(): Promise<{ cleared: string[]; kept: string[] }> {
    const before = (await this.listNames()).map(({ name }) => name);
    const kept = decode<string[]>(await this.#mainThread.call(this.#tools, 'clearNames'));
    for (const name of await this.#mainThread.lexicalNames()) {
      const known = this.known.get(name);
      if (known) this.known.set(name, { keyword: known.keyword, isConstant: false });
      if (!(await this.#mainThread.clearLexicalName(name))) kept.push(name);
    }
    return { cleared: before.filter((name) => !kept.includes(name)), kept: kept.filter((name) => before.includes(name)) };
  }

  async #countNames(): Promise<void> {
    const count = await this.#mainThread.call(this.#tools, 'countNames', { value: await this.#mainThread.lexicalNames() });
    if (typeof count === 'number') this.#namespaceSize = count;
  }

  /** Asks everything at once: the main thread and the outbox both keep the order of the asking. */
  #start(cell: RunningCell, compiled: CompiledCell, { filename }: MessageOf<'execution'>): void {
    remember(this.#cells, cellUrl(filename), { file: filename, sourcePosition: compiled.sourcePosition });
    void this.#outbox.open(cell.ordinal, createMessage('execution-start', { executionId: cell.executionId, mode: compiled.mode, ...this.#inspection?.findings(compiled) }));
    if (cell.cancelled) {
      cell.evaluation.resolve(undefined); // before it began
      cell.stopped.resolve(undefined);
      return;
    }
    this.#mainThread.evaluate(compiled.expression, this.#isRepl).then(
      (outcome) => cell.evaluation.resolve(outcome),
      () => cell.evaluation.resolve(undefined), // terminated while V8 was still answering
    );
  }

  async #finish(cell: RunningCell, compiled: CompiledCell, { code, filename: file }: MessageOf<'execution'>): Promise<void> {
    const orStopped = async <Answer>(answer: Promise<Answer>): Promise<Answer | undefined> =>
      Promise.race([
        answer.catch((error: unknown) => {
          if (!isBeingStopped(cell)) throw error;
          return cell.stopped.promise; // terminated together with the cell
        }),
        cell.stopped.promise,
      ]);
    const outcome = await orStopped(cell.evaluation.promise);
    if (!outcome && isBeingStopped(cell)) await cell.stopped.promise;
    await cell.terminating; // what is asked meanwhile would be terminated in the place of the cell
    // What completed has begun; what threw may not have compiled.
    const hasCompleted = outcome !== undefined && !outcome.exceptionDetails;
    const begun = hasCompleted || this.#progress.begun === cell.ordinal;
    if (begun) this.#learn(compiled);
    else this.#tell('prepare', { value: cell.ordinal }, { value: code }, { value: file });
    const { result, exceptionDetails } = outcome ?? {};
    if (exceptionDetails) {
      const thrown = await orStopped(this.#mainThread.call(this.#tools, 'describeThrown', argument(exceptionDetails.exception ?? {})));
      if (thrown === undefined) return this.#end(cell, { type: 'stopped' });
      const error = inUserTerms(decode<DescribedError>(thrown), this.#isCell, engineUrl);
      return this.#end(cell, { type: 'thrown', error: begun ? error : this.#placed(error, exceptionDetails, compiled, file) });
    }
    cell.holdsNothing = compiled.isDescribed;
    const described = result && (compiled.isDescribed ? result.value : await orStopped(this.#mainThread.call(this.#tools, 'describe', argument(result), { value: cell.ordinal })));
    if (described === undefined) return this.#end(cell, { type: 'stopped' });
    return this.#end(cell, { type: 'value', ...decode<DescribedValue & { exitCode?: number }>(described) });
  }

  #learn(compiled: CompiledCell): void {
    learnNames(this.known, compiled);
    this.#mainThread.noteDeclared(compiled.declarations.keys());
  }

  /** A cell that did not compile: V8 tells its place apart from the error, counting from 0. */
  #placed(error: ThrownError, at: { lineNumber: number; columnNumber: number }, compiled: CompiledCell, file: string): ThrownError {
    const position = compiled.sourcePosition({ line: at.lineNumber + 1, column: at.columnNumber + 1 });
    return { ...error, stack: `${error.stack}\n    at ${file}:${position.line}:${position.column}`, span: { file, ...position } };
  }

  /** Where a place of the evaluated text of a cell stands in the user's source. */
  readonly findPosition: FindPosition = (file, position) => {
    const cell = this.#cells.get(file);
    return cell && { file: cell.file, position: cell.sourcePosition(position) };
  };

  readonly #isCell = (file: string): boolean => this.#cells.has(cellUrl(file));

  async #end(cell: RunningCell, ending: CellEnding): Promise<void> {
    // The next cell may start only when nothing is left that would terminate it in the place of this one.
    if (cell.terminating) await cell.terminating;
    cell.isEnding = true;
    cell.stopWatching();
    if (!cell.holdsNothing) this.#mainThread.releaseCell();
    const exitCode = cell.exitCode ?? (ending.type === 'value' ? ending.exitCode : undefined);
    if (exitCode !== undefined) this.#tell('recordExit', { value: exitCode });
    await this.#outbox.put(endMessage(cell, ending), () => {
      this.#running = undefined;
      cell.ended.resolve(undefined);
    });
  }

  /** What is asked while a cell is terminated may end together with it, by an error or without a word, and is then asked again. */
  async #askPersistently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const before = this.#terminations;
      const asked = ask();
      const answered = asked.then(
        () => true,
        () => false,
      );
      const isLost = (): boolean => this.#terminations > before && this.#running?.terminating === undefined;
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      while (!(await settlesWithin(answered, nativePatienceMs))) if (isLost()) break;
      // oxlint-disable-next-line no-await-in-loop -- as above
      const isAnswered = await Promise.race([answered, delay(0).then(() => false)]);
      if (isAnswered) return asked;
      if (tries === maxTries) throw executorError('HOLDFAST_EXECUTOR_SESSION_BUSY', 'Cannot look at the variables: cells are being stopped all the time');
      // oxlint-disable-next-line no-await-in-loop -- asked sooner, it would only be terminated in the place of the cell again
      await this.#running?.ended.promise;
    }
  }

  /** Asks without waiting: what blocks the thread may end this call together with itself. */
  #tell(method: keyof MainThreadTools, ...values: readonly CallArgument[]): void {
    this.#mainThread.call(this.#tools, method, ...values).catch(() => undefined);
  }

  /** Shared by all who want the cell to end. */
  async #terminate(cell: RunningCell): Promise<void> {
    await (cell.terminating ??= this.#terminateUntilResponsive(cell));
  }

  /**
   * The host kills the process when this takes too long. A cell that awaits again and again without an end is stopped by
   * parking it, and must be: V8 may lose a termination that hits while it reports a rejection.
   */
  async #terminateUntilResponsive(cell: RunningCell): Promise<void> {
    for (let isResponsive = false, patience = patienceMs; !isResponsive; patience = Math.min(2 * patience, maxPatienceMs)) {
      this.#tell('park', { value: cell.ordinal });
      // Each try waits for the one before.
      // oxlint-disable-next-line no-await-in-loop
      await this.#terminateOnce();
      // oxlint-disable-next-line no-await-in-loop -- as above
      isResponsive = await this.#isResponsive(patience);
    }
  }

  /** What V8 cannot end waits in native code: for a child process, as a rule, and then goes on without it. */
  async #terminateOnce(): Promise<void> {
    const terminated = this.#mainThread.terminate();
    while (!(await settlesWithin(terminated, nativePatienceMs))) killDescendants(process.pid, this.#running?.startedAt);
    this.#terminations += 1;
  }

  async #isResponsive(withinMs: number): Promise<boolean> {
    const before = ranMs();
    const turn = this.#turns.next();
    if (await settlesWithin(turn, withinMs)) return true;
    const ran = before === undefined ? withinMs : (ranMs() ?? 0) - before;
    return ran < withinMs / 2 && isRunnable() && settlesWithin(turn, busyPatienceMs);
  }
}

/** Reads an answer of the tools, which are this package's own. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what the tool makes
function decode<Answer>(answer: unknown): Answer {
  if (typeof answer !== 'string') throw new TypeError(`The main thread answered with ${typeof answer}, expected JSON text`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return JSON.parse(answer) as Answer;
}

/** A value of the main thread as an argument of a call there. */
function argument({ objectId, unserializableValue, value }: Partial<RemoteObject>): object {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value } : { unserializableValue };
}

async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), delay(timeoutMs).then(() => false)]);
}

async function delay(durationMs: number): Promise<void> {
  return new Promise((settle) => {
    setTimeout(settle, durationMs);
  });
}

/** Keeps the newest entries; what was forgotten shows as it stands in the evaluated text. */
function remember<Key, Value>(entries: Map<Key, Value>, key: Key, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > keptCells && oldest !== undefined) entries.delete(oldest);
}

/**
 * Every number and list that decides how sessions run cells, with its default, in one schema. Nothing else in this
 * package knows a time limit by itself. What the schema made is frozen.
 */
import { z } from 'zod';
import { defaultBlocking } from '../analysis/blocking-options.ts';

/** As long as a timer of Node can wait, 24.8 days; it takes what is longer for 1 ms. */
export const longestWaitMs = 2 ** 31 - 1;

const positive = z.number().positive();
const unlimited = z.exactOptional(z.number().positive());
const notNegative = z.number().nonnegative();
const wait = positive.transform(bounded);
const waitOrNone = notNegative.transform(bounded);
const count = z.int().nonnegative();
const names = z.array(z.string().min(1));
const patterns = z.union([z.literal('*'), names]);

const schema = z.strictObject({
  maxHeapMegabytes: positive.default(2048),
  maxMemoryBytes: unlimited,
  executionTimeoutMs: z.exactOptional(wait),
  maxOutputCharacters: notNegative.default(1 << 20),
  maxPendingOutputCharacters: positive.default(1 << 20),
  snippetCharacters: count.default(200),
  startTimeoutMs: wait.default(10_000),
  idleTimeoutMs: z.exactOptional(wait),
  heartbeatIntervalMs: wait.default(5000),
  missedHeartbeats: positive.default(3),
  drainTimeoutMs: waitOrNone.default(500),
  inputTimeoutMs: wait.default(300_000),
  capabilityTimeoutMs: wait.default(30_000),
  cancelGraceMs: waitOrNone.default(2000),
  killGraceMs: waitOrNone.default(3000),
  termGraceMs: waitOrNone.default(500),
  interceptorBudgetMs: waitOrNone.default(10),
  maxRoutingConcurrency: positive.default(Infinity),
  cacheSize: count.default(128),
  fallback: z.enum(['never', 'return', 'always']).default('never'),
  blocking: z
    .strictObject({
      enabled: z.boolean().default(true),
      modules: z.record(z.string(), patterns).default({ ...mutable(defaultBlocking.modules) }),
      calls: names.default([...defaultBlocking.calls]),
      polling: z.record(z.string(), patterns).default({ ...mutable(defaultBlocking.polling) }),
      endlessLoops: z.boolean().default(false),
      warn: z.boolean().default(false),
    })
    .prefault({}),
});

/** What {@link ExecutorOptions} leave open is filled in. Immutable. */
export interface ExecutorConfig extends Readonly<Omit<Required<ExecutorOptions>, OptionalName | 'blocking'>>, Pick<ExecutorOptions, OptionalName> {
  readonly blocking: BlockingConfig;
}

type OptionalName = 'maxMemoryBytes' | 'executionTimeoutMs' | 'idleTimeoutMs';

/** What counts as blocking. Every list replaces its default. */
export interface BlockingConfig {
  /** Whether calls are looked for at all. @default true */
  readonly enabled: boolean;
  /** The blocking functions of each module, or `'*'` for all of them; a star inside a name stands for any letters. */
  readonly modules: Readonly<Record<string, readonly string[] | '*'>>;
  /** Blocking functions that are globals. */
  readonly calls: readonly string[];
  /** Functions of modules that block only where a loop repeats them. */
  readonly polling: Readonly<Record<string, readonly string[] | '*'>>;
  /** Whether loops that nothing leaves count as a blocking call. @default false */
  readonly endlessLoops: boolean;
  /** Whether each blocking call at the top level of a cell is told to `onWarning`. @default false */
  readonly warn: boolean;
}

/** How sessions run cells. A time longer than 24.8 days, which is as long as Node can wait, counts as that. */
export interface ExecutorOptions {
  /** How large the heap of user code may grow. A cell that outgrows it takes the worker down. @default 2048 MiB */
  readonly maxHeapMegabytes?: number;
  /**
   * How much memory the process may use, buffers and its own share of about 60 MiB included. A cell that takes it
   * beyond ends, cancelled by `memory`; the worker and its variables stay. Set it well below `maxHeapMegabytes`.
   *
   * @default no limit
   */
  readonly maxMemoryBytes?: number;
  /** Cancels an execution that names no `timeoutMs` of its own after this long. @default no limit */
  readonly executionTimeoutMs?: number;
  /** How much of stdout and of stderr a result holds, in characters. @default 1 048 576 */
  readonly maxOutputCharacters?: number;
  /** How much output may wait for an `onOutput` that answers with a promise before the worker has to wait too. @default 1 048 576 */
  readonly maxPendingOutputCharacters?: number;
  /** How much of its source an error carries in its notes. @default 200 */
  readonly snippetCharacters?: number;
  /** How long a worker may take to become ready. @default 10 000 */
  readonly startTimeoutMs?: number;
  /**
   * After how long without a cell the worker is ended to save memory. A checkpoint is taken before and restored with
   * the next cell; what it cannot hold, such as open sockets, timers and background work, is lost, and the `suspend`
   * event names the variables among it. @default never
   */
  readonly idleTimeoutMs?: number;
  /** How often the worker says that it lives. @default 5000 */
  readonly heartbeatIntervalMs?: number;
  /** After how many intervals without a heartbeat a worker counts as unhealthy. @default 3 */
  readonly missedHeartbeats?: number;
  /** How long a result waits for an `onOutput` that has not taken everything yet. @default 500 */
  readonly drainTimeoutMs?: number;
  /** How long a person may take to answer `prompt`. @default 300 000 */
  readonly inputTimeoutMs?: number;
  /** How long a cell waits for a capability. @default 30 000 */
  readonly capabilityTimeoutMs?: number;
  /** How long a cancelled cell may spend in its `finally` blocks. @default 2000 */
  readonly cancelGraceMs?: number;
  /** How long a worker may take to end a cell, its grace included, before it gets SIGTERM. @default 3000 */
  readonly killGraceMs?: number;
  /** How long it may take after SIGTERM before it gets SIGKILL. @default 500 */
  readonly termGraceMs?: number;
  /** How long an interceptor may take for a message before the session goes on without it. @default 10 */
  readonly interceptorBudgetMs?: number;
  /** How many executions may have a message before the interceptors at the same time. @default no limit */
  readonly maxRoutingConcurrency?: number;
  /** How many cells the worker remembers as they were read, so that one that comes again need not be. 0 for none. @default 128 */
  readonly cacheSize?: number;
  /**
   * Which cells run inside a wrapper function in the place of V8's REPL mode: none, those that `return` at their top
   * level (a syntax error otherwise), or all.
   *
   * @default 'never'
   */
  readonly fallback?: 'never' | 'return' | 'always';
  readonly blocking?: Partial<BlockingConfig>;
}

/** The names of all options here. */
export const executorOptionNames: readonly string[] = Object.keys(schema.shape);

/** The options of this page among those of something larger, resolved. @throws as {@link resolveExecutorConfig} */
export function configOf(options: ExecutorOptions): ExecutorConfig {
  return resolveExecutorConfig(Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== undefined && executorOptionNames.includes(name))));
}

/**
 * Fills in the defaults and freezes the outcome.
 *
 * @throws RangeError for a number out of its range, TypeError for anything else that makes no sense
 */
export function resolveExecutorConfig(options: ExecutorOptions = {}): ExecutorConfig {
  const parsed = schema.safeParse(options);
  if (parsed.success) return freeze(parsed.data);
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const name = path.join('.');
  const value = path.reduce<unknown>((part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined), options);
  if (issue?.code === 'unrecognized_keys') throw new TypeError(`Cannot use option "${[...path, ...issue.keys].join('.')}": there is none of this name`);
  throw refusal(name, value, issue);
}

/**
 * How long an execution may take, of what its caller says: `Infinity` is no limit.
 *
 * @throws as {@link resolveExecutorConfig}
 */
export function resolveTimeoutMs(timeoutMs: number | undefined): number | undefined {
  if (timeoutMs === undefined || timeoutMs === Infinity) return undefined;
  const parsed = waitOrNone.safeParse(timeoutMs);
  if (!parsed.success) throw refusal('timeoutMs', timeoutMs, parsed.error.issues[0]);
  return parsed.data;
}

function bounded(milliseconds: number): number {
  return Math.min(milliseconds, longestWaitMs);
}

function refusal(name: string, value: unknown, issue: z.core.$ZodIssue | undefined): Error {
  const message = `Cannot use ${name} "${String(value)}": expected ${expected(issue)}`;
  return typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}

function expected(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'too_small') return issue.inclusive === true ? `a number from ${String(issue.minimum)}` : 'a positive number';
  if (issue?.code === 'invalid_value') return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
  if (issue?.code === 'invalid_type') return issue.expected === 'int' ? 'a whole number' : `${/^[aeiou]/u.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
  return issue?.message ?? 'something else';
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

/** Copies of lists that are constants, for defaults that a caller may not share. */
function mutable(lists: Readonly<Record<string, readonly string[] | '*'>>): Record<string, string[] | '*'> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list === '*' ? list : [...list]]));
}

import { resolve } from 'node:path';
import type { ExecutionMode, Language, OutputStream } from '@holdfast/protocol';
import { configOf, executorOptionNames, type ExecutorConfig, type ExecutorOptions } from '../config/executor-config.ts';
import { executorError } from '../errors.ts';
import { isInside, realPaths, withRealPaths } from '../process/granted-paths.ts';
import { isolationLevels } from '../process/isolation-level.ts';
import type { StartWorker, WorkerOptions } from '../process/worker-process.ts';
import type { Clock } from './clock.ts';
import type { AnswerInput, CapabilityPort } from './host-port.ts';
import type { Metrics } from './metrics.ts';
import type { SessionWarning } from './session-warning.ts';

export interface SessionOptions extends WorkerOptions {
  /** @default a random UUID */
  readonly sessionId?: string;
  /** What cells are written in unless they say otherwise. @default 'typescript' */
  readonly language?: Language;
  /** Answers what cells ask a person with `prompt`. @default nobody, and `prompt` throws */
  readonly onInput?: AnswerInput;
  /** What cells may ask of this host as `capabilities.NAME(input)`. @default nothing, and the name stays free */
  readonly capabilities?: CapabilityPort;
  /**
   * Everything that this session's executions write, as it comes. Where it answers with a promise, the next output waits
   * for that, and when too much waits the worker does too; nothing is dropped.
   */
  readonly onOutput?: OutputListener;
  /** Counts what happens. @default nowhere */
  readonly metrics?: Metrics;
  /** Told of what went wrong beside the executions. @default nobody */
  readonly onWarning?: (warning: SessionWarning) => void;
}

/** What a session stands on, for whoever brings another. */
export interface SessionParts {
  /** @default starts a process of Node */
  readonly startWorker?: StartWorker;
  /** @default the clock of this process */
  readonly clock?: Clock;
}

export interface SessionOutput {
  readonly executionId?: string;
  readonly stream: OutputStream;
  readonly text: string;
  /** Whether it came after the end of the execution that caused it. */
  readonly late: boolean;
}

/** Takes output. Only a promise that it gives means anything: whatever comes next waits for it. */
export type OutputListener = (output: SessionOutput) => unknown;

export interface ExecuteOptions {
  /** @default a random UUID */
  readonly executionId?: string;
  /** @default the language of the session */
  readonly language?: Language;
  /** What stack frames call the cell, and where its imports are resolved from. @default `cell-<n>.ts` */
  readonly filename?: string;
  /** Cancels the execution after this long; `Infinity` is no limit. @default the `executionTimeoutMs` of the session */
  readonly timeoutMs?: number;
  /** Cancels the execution when it aborts. */
  readonly signal?: AbortSignal;
  /** Called when the cell begins. */
  readonly onStart?: (mode: ExecutionMode) => void;
  /** What this execution writes, as it comes, before the result. A promise slows it down as that of the session does. */
  readonly onOutput?: OutputListener;
}

/** The options beside those of {@link ExecutorOptions}. */
const otherNames: Readonly<Record<Exclude<keyof SessionOptions, keyof ExecutorOptions>, true>> = {
  sessionId: true,
  language: true,
  directory: true,
  environment: true,
  isolation: true,
  writableDirectory: true,
  hiddenPaths: true,
  onInput: true,
  capabilities: true,
  onOutput: true,
  onWarning: true,
  metrics: true,
};

/**
 * Checks what a session is created with, and fills in the rest.
 *
 * @throws RangeError or TypeError where an option makes no sense or does not exist
 * @throws HOLDFAST_EXECUTOR_DIRECTORY_HIDDEN
 */
export function resolveSessionOptions(options: SessionOptions): ExecutorConfig {
  for (const name of Object.keys(options)) {
    if (!executorOptionNames.includes(name) && !Object.hasOwn(otherNames, name)) throw new TypeError(`Cannot use option "${name}": sessions have none of this name`);
  }
  assertOneOf('isolation', options.isolation, isolationLevels);
  assertOneOf('language', options.language, languages);
  assertVisible(options);
  return configOf(options);
}

const languages: readonly Language[] = ['typescript', 'javascript'];

function assertOneOf(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw new TypeError(`Cannot use ${name} "${value}": expected one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
}

/** A session that starts in a folder could read it, so it must not start in one that is to stay hidden. */
function assertVisible({ isolation = 'process', directory, writableDirectory, hiddenPaths = [] }: SessionOptions): void {
  if (isolation === 'process' || directory === undefined) return;
  const places = realPaths([directory]);
  if (writableDirectory !== undefined && withRealPaths([resolve(writableDirectory)]).some((folder) => places.every((place) => isInside(place, folder)))) return;
  if (!places.some((place) => realPaths(hiddenPaths).some((hidden) => isInside(place, hidden)))) return;
  throw executorError('HOLDFAST_EXECUTOR_DIRECTORY_HIDDEN', `Cannot start a session in "${directory}": the folder is hidden from sessions`);
}

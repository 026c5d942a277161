import type { ExecutionMode, Language, OutputStream } from '@holdfast/protocol';
import type { StartWorker, WorkerOptions } from '../process/worker-process.ts';
import type { Clock } from './clock.ts';
import type { AnswerInput, CapabilityPort } from './host-port.ts';
import type { SessionWarning } from './session-warning.ts';

export interface SessionOptions extends WorkerOptions {
  /** @default a random UUID */
  readonly sessionId?: string;
  /** What cells are written in unless they say otherwise. @default 'typescript' */
  readonly language?: Language;
  /** How much of stdout and of stderr a result holds, in characters. @default 1 048 576 */
  readonly maxOutputCharacters?: number;
  /**
   * After how long without a cell the worker is ended to save memory. A checkpoint is taken before and restored with
   * the next cell; what it cannot hold, such as open sockets, timers and background work, is lost, and the `suspend`
   * event names the variables among it. @default never
   */
  readonly idleTimeoutMs?: number;
  /** How long an interceptor may take for a message before the session goes on without it. @default 10 */
  readonly interceptorBudgetMs?: number;
  /** How many executions may have a message before the interceptors at the same time. @default no limit */
  readonly maxRoutingConcurrency?: number;
  /** Answers what cells ask a person with `prompt`. @default nobody, and `prompt` throws */
  readonly onInput?: AnswerInput;
  /** How long a person may take to answer. @default 300 000 */
  readonly inputTimeoutMs?: number;
  /** What cells may ask of this host as `capabilities.NAME(input)`. @default nothing, and the name stays free */
  readonly capabilities?: CapabilityPort;
  /** How long a cell waits for a capability. @default 30 000 */
  readonly capabilityTimeoutMs?: number;
  /** Everything that this session's executions write, as it comes. */
  readonly onOutput?: (output: SessionOutput) => void;
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

export interface ExecuteOptions {
  /** @default a random UUID */
  readonly executionId?: string;
  /** @default the language of the session */
  readonly language?: Language;
  /** What stack frames call the cell, and where its imports are resolved from. @default `cell-<n>.ts` */
  readonly filename?: string;
  /** Cancels the execution after this long. @default no limit */
  readonly timeoutMs?: number;
  /** Cancels the execution when it aborts. */
  readonly signal?: AbortSignal;
  /** Called when the cell begins. */
  readonly onStart?: (mode: ExecutionMode) => void;
  /** What this execution writes, as it comes, before the result. */
  readonly onOutput?: (output: SessionOutput) => void;
}

const positive = ['maxHeapMegabytes', 'maxMemoryBytes', 'heartbeatIntervalMs', 'startTimeoutMs', 'idleTimeoutMs', 'inputTimeoutMs', 'capabilityTimeoutMs', 'maxRoutingConcurrency'] as const;
const notNegative = ['maxOutputCharacters', 'interceptorBudgetMs'] as const;

/** @throws RangeError where a number is none that makes sense */
export function checkSessionOptions(options: SessionOptions): void {
  for (const name of [...positive, ...notNegative]) {
    const value = options[name];
    if (value === undefined) continue;
    const isPositive = positive.some((each) => each === name);
    if (Number.isNaN(value) || value < 0 || (isPositive && value === 0)) {
      throw new RangeError(`Cannot use ${name} "${value}": expected a ${isPositive ? 'positive number' : 'number from 0'}`);
    }
  }
}

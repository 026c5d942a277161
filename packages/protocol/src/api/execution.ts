import { z } from 'zod';
import { idSchema } from '../id.ts';
import { jsonValue } from '../json-value.ts';
import { cancelStep } from '../message/cancel.ts';
import { thrownError } from '../message/error.ts';
import { executionMode, language } from '../message/execution.ts';

const durationMs = z.int().nonnegative().max(2 ** 31 - 1);

export const executeBody = z
  .strictObject({
    code: z.string(),
    /** A new one unless given. */
    executionId: idSchema.optional(),
    /** The session's own unless given. */
    language: language.optional(),
    /** What stack frames call the cell, and where its imports are resolved from. */
    filename: z.string().min(1).max(4096).optional(),
    /** Cancels the execution after this long; 0 at once. */
    timeoutMs: durationMs.optional(),
    /** Answers 202 after this long while the execution goes on; waits for its end unless given. */
    waitMs: durationMs.optional(),
    /**
     * `always`: after a crash of the server the cell begins anew with the variables it began with, and has the answers that
     * people gave it; one that ended never runs again. `auto`: so where it awaits or blocks. `never` unless given.
     */
    durable: z.enum(['auto', 'always', 'never']).optional(),
  })
  .meta({ id: 'Execute' });

const executionStatus = z.enum(['ok', 'error', 'cancelled']);

/** What became of one execution, in full. */
export const executionResult = z
  .object({
    executionId: z.string(),
    sessionId: z.string(),
    status: executionStatus,
    mode: executionMode,
    /** The completion value as JSON, or null. */
    value: jsonValue,
    /** Why `value` is null although there was one. */
    valueOmitted: z.string().optional(),
    /** The value as a prompt would show it; empty for `undefined`. */
    repr: z.string(),
    /** What user code threw. */
    error: thrownError.optional(),
    cancelled: z.object({ by: z.string(), step: cancelStep, namespaceKept: z.boolean() }).optional(),
    /** The exit code where the program exited with one. */
    exitCode: z.int().optional(),
    stdout: z.string(),
    stderr: z.string(),
    /** True when `stdout` and `stderr` hold less than was written. */
    truncated: z.boolean().optional(),
    executionTimeMs: z.number().nonnegative(),
    queuedTimeMs: z.number().nonnegative(),
  })
  .meta({ id: 'ExecutionResult' });

/** An execution that goes on. */
export const acceptedExecution = z.object({ executionId: z.string(), state: z.literal('running') }).meta({ id: 'AcceptedExecution' });

const runningExecution = z.object({ state: z.literal('running'), executionId: z.string(), sessionId: z.string(), startedAt: z.iso.datetime() });
const endedExecution = executionResult.extend({ state: z.literal('ended'), startedAt: z.iso.datetime() }).meta({ id: 'EndedExecution' });

/** One execution: its result, or that it runs. */
export const executionView = z.discriminatedUnion('state', [runningExecution, endedExecution]).meta({ id: 'Execution' });

export const executionList = z.object({
  executions: z
    .array(
      z.object({
        executionId: z.string(),
        startedAt: z.iso.datetime(),
        state: z.enum(['running', 'ended']),
        /** Null while it runs. */
        status: executionStatus.nullable(),
      }),
    )
    .readonly(),
});

export const cancelBody = z
  .strictObject({
    /** Whatever runs unless given. */
    executionId: z.string().min(1).max(256).optional(),
  })
  .meta({ id: 'CancelExecution' });

export const cancelView = z.object({ cancelled: z.boolean() });

export type ExecuteBody = z.input<typeof executeBody>;
export type ExecutionResult = z.output<typeof executionResult>;
export type ExecutionView = z.output<typeof executionView>;

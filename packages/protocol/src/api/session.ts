import { z } from 'zod';
import { idSchema } from '../id.ts';
import { completion } from '../message/completion.ts';
import { language } from '../message/execution.ts';
import { namespaceEntry } from '../message/namespace.ts';

const instant = z.iso.datetime();

/** One session as the outside sees it. */
export const sessionView = z
  .object({
    sessionId: z.string(),
    /** `suspended` until a cell or a restore starts its worker again. */
    state: z.string(),
    language,
    isolation: z.string(),
    createdAt: instant,
    /** The process id of its worker, or null while none runs. */
    pid: z.int().nullable(),
    runningExecutionId: z.string().nullable(),
    /** How many executions it has had. */
    executions: z.int().nonnegative(),
  })
  .meta({ id: 'Session' });

export const createSessionBody = z
  .strictObject({
    /** A new one unless given. */
    sessionId: idSchema.optional(),
    language: language.optional(),
    /** The absolute path of an existing folder of the server's machine. */
    directory: z.string().min(1).max(4096).optional(),
  })
  .meta({ id: 'CreateSession' });

export const sessionList = z.object({ sessions: z.array(sessionView).readonly() });

const skipped = z.array(z.object({ name: z.string(), reason: z.string() })).readonly();

/** What a checkpoint holds, and what it could not hold. */
export const checkpointView = z
  .object({
    checkpointId: z.string(),
    /** In bytes. */
    size: z.int().nonnegative(),
    kept: z.array(z.string()).readonly(),
    skipped,
  })
  .meta({ id: 'Checkpoint' });

export const restoreBody = z
  .strictObject({
    /** The newest unless given. */
    checkpointId: z.string().min(1).max(256).optional(),
  })
  .meta({ id: 'RestoreSession' });

/** What came back from a checkpoint, and what did not. */
export const restoreView = z.object({ checkpointId: z.string(), restored: z.array(z.string()).readonly(), skipped }).meta({ id: 'Restore' });

export const completeBody = z
  .strictObject({
    /** What is typed so far, up to the cursor. */
    code: z.string().max(100_000),
  })
  .meta({ id: 'CompleteCode' });

export const completionView = completion.readonly().meta({ id: 'Completion' });

export const namespaceView = z.object({ names: z.array(namespaceEntry).readonly() }).meta({ id: 'Namespace' });

/** What a model needs to know of a session, within a budget. */
export const sessionContext = z
  .looseObject({
    text: z.string(),
    tokens: z.int().nonnegative(),
  })
  .meta({ id: 'SessionContext' });

export type SessionView = z.output<typeof sessionView>;
export type CreateSessionBody = z.input<typeof createSessionBody>;
export type CheckpointView = z.output<typeof checkpointView>;
export type RestoreView = z.output<typeof restoreView>;

import * as z from 'zod';
import { executionEnvelope } from './envelope.ts';

/** What a cell is written in. */
export const language = z.enum(['typescript', 'javascript']);
export type Language = z.infer<typeof language>;

/** How a cell runs, found by parsing it. */
export const executionMode = z.enum(['simple_sync', 'async_def', 'blocking_sync', 'top_level_await', 'unknown']);
export type ExecutionMode = z.infer<typeof executionMode>;

/** Host to worker: run this cell. */
export const execution = executionEnvelope.extend({
  type: z.literal('execution'),
  code: z.string(),
  language,
  /** What stack frames call the cell. */
  filename: z.string().min(1),
});

/** Something that its text tells of a cell before it runs: a call that blocks, or a name that hides one of the engine. */
const cellWarning = z.object({ kind: z.enum(['blocking-call', 'hidden-internal']), name: z.string(), line: z.int().positive(), column: z.int().positive() });
export type CellWarning = z.infer<typeof cellWarning>;

/** Worker to host: the cell begins now. What never got this had no side effect. */
export const executionStart = executionEnvelope.extend({
  type: z.literal('execution-start'),
  mode: executionMode,
  warnings: z.array(cellWarning).optional(),
  /** What the engine counted about this cell, without what is nothing. */
  counts: z.record(z.string(), z.int()).optional(),
});

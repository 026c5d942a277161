import * as z from 'zod';
import { executionEnvelope } from './envelope.ts';

/** A place in the user's own source; lines and columns count from 1. */
export const sourceSpan = z.object({
  file: z.string(),
  line: z.int().positive(),
  column: z.int().positive(),
  endLine: z.int().positive().optional(),
  endColumn: z.int().positive().optional(),
});

export type SourceSpan = z.infer<typeof sourceSpan>;

/** What user code threw, as data. It is never one of our own errors. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  /** Only frames of user code. Empty when something other than an Error was thrown. */
  readonly stack: string;
  readonly span?: SourceSpan | undefined;
  readonly cause?: ThrownError | undefined;
  /** The parts of an AggregateError. */
  readonly errors?: readonly ThrownError[] | undefined;
  readonly notes: readonly string[];
}

export const thrownError: z.ZodType<ThrownError> = z
  .object({
    name: z.string(),
    message: z.string(),
    stack: z.string(),
    span: sourceSpan.optional(),
    get cause() {
      return thrownError.optional();
    },
    get errors() {
      return z.array(thrownError).optional();
    },
    notes: z.array(z.string()),
  })
  .meta({ id: 'ThrownError' });

/** Worker to host, the end of a cell that threw or did not compile. */
export const error = executionEnvelope.extend({
  type: z.literal('error'),
  error: thrownError,
  executionTimeMs: z.number().nonnegative(),
});

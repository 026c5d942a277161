import { z } from 'zod';

/** An error as RFC 9457 tells it, with media type `application/problem+json`. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    /** What went wrong this time. */
    detail: z.string(),
    /** Stable, for programs: the error's code without its package, in lower case. */
    code: z.string(),
    /** Whether the same request may succeed later. */
    retriable: z.boolean(),
    /** How to mend it. */
    hint: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    /** The request that failed, as the log names it. */
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problem>;

import * as z from 'zod';
import { envelope } from './envelope.ts';

/** Host to worker: how may this code go on? */
export const completionQuery = envelope.extend({
  type: z.literal('completion-query'),
  /** What is typed so far, up to the cursor. */
  code: z.string(),
});

/** How a text may go on: everything from `start` on can be one of the candidates instead. */
export const completion = z.object({
  /** Where the unfinished word begins, in UTF-16 units. */
  start: z.int().nonnegative(),
  /** What the word may become: own names first, then inherited ones, each group by its alphabet. */
  candidates: z.array(z.string()),
});

export type Completion = z.infer<typeof completion>;

/** Worker to host, the answer to `completion-query`. */
export const completionListing = envelope.extend({ type: z.literal('completion-listing'), ...completion.shape });

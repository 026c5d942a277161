import * as z from 'zod';
import { executionEnvelope } from './envelope.ts';

/** Host to worker: stop this execution. Legal at any time; without effect when it does not run. */
export const cancel = executionEnvelope.extend({ type: z.literal('cancel'), by: z.string().min(1) });

/** The steps of the cancellation ladder, mildest first. */
export const cancelStep = z.enum(['signal', 'terminate', 'sigterm', 'sigkill']);
export type CancelStep = z.infer<typeof cancelStep>;

/** Worker to host, the end of a cell that was cancelled, with the step that ended it. */
export const cancelled = executionEnvelope.extend({
  type: z.literal('cancelled'),
  by: z.string().min(1),
  step: cancelStep,
  /** Read from the worker afterwards, never guessed. */
  namespaceKept: z.boolean(),
  executionTimeMs: z.number().nonnegative(),
});

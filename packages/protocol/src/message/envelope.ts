import * as z from 'zod';

/** What every message has: an id of its own, the instant it was made and, in an answer, the id of what it answers. */
export const envelope = z.object({
  id: z.string().min(1),
  /** Epoch milliseconds of the sender's wall clock; for people, never for order. */
  timestamp: z.number().finite(),
  correlationId: z.string().min(1).optional(),
});

/** An envelope that belongs to one execution. */
export const executionEnvelope = envelope.extend({ executionId: z.string().min(1) });

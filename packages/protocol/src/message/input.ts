import * as z from 'zod';
import { envelope, executionEnvelope } from './envelope.ts';

/** Worker to host: user code asks a person for a line of text. */
export const inputRequest = executionEnvelope.extend({
  type: z.literal('input-request'),
  prompt: z.string(),
  /** Whether the answer should stay unseen, as a password does. */
  secret: z.boolean(),
});

/** Host to worker, the answer to `input-request`; null where the person gave none. A `refusal` where nobody could be asked. */
export const inputResponse = envelope.extend({
  type: z.literal('input-response'),
  correlationId: z.string().min(1),
  value: z.string().nullable(),
});

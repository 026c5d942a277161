import * as z from 'zod';
import { wireError } from '../error/wire-error.ts';
import { jsonValue } from '../json-value.ts';
import { envelope, executionEnvelope } from './envelope.ts';

/** Host to worker: what user code may ask for from now on, all of it. */
export const capabilityOffer = envelope.extend({
  type: z.literal('capability-offer'),
  capabilities: z.array(z.object({ name: z.string().min(1), description: z.string() })),
});

/** Worker to host: user code calls something that the host offers it. */
export const capabilityRequest = executionEnvelope.extend({
  type: z.literal('capability-request'),
  capability: z.string().min(1),
  method: z.string().min(1),
  args: z.array(jsonValue),
  /** How long the worker waits for the answer; absent where it waits as long as it takes. */
  timeoutMs: z.number().positive().optional(),
});

/** Host to worker, the answer to `capability-request`. */
export const capabilityResponse = envelope.extend({
  type: z.literal('capability-response'),
  correlationId: z.string().min(1),
  outcome: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value: jsonValue }),
    z.object({ ok: z.literal(false), error: wireError }),
  ]),
});

import * as z from 'zod';
import { envelope, executionEnvelope } from './envelope.ts';

/** Host to worker, the first message: the version that the host speaks. */
export const hello = envelope.extend({ type: z.literal('hello'), protocolVersion: z.string().min(1) });

/** Worker to host, the answer to `hello`: it can take cells from now on. */
export const ready = envelope.extend({
  type: z.literal('ready'),
  protocolVersion: z.string().min(1),
  pid: z.int().positive(),
  nodeVersion: z.string(),
});

/** Worker to host: refused, because another execution runs. The running one is not disturbed. */
export const busy = executionEnvelope.extend({ type: z.literal('busy'), runningExecutionId: z.string().min(1) });

/** Host to worker: end the process. */
export const shutdown = envelope.extend({ type: z.literal('shutdown') });

import * as z from 'zod';
import { jsonValue } from '../json-value.ts';
import { thrownError } from './error.ts';
import { envelope, executionEnvelope } from './envelope.ts';

/** Worker to host: user code makes a promise that somebody outside settles. */
export const promiseCreate = executionEnvelope.extend({
  type: z.literal('promise-create'),
  promiseId: z.string().min(1),
  kind: z.string().min(1),
  data: jsonValue,
  timeoutMs: z.number().positive().optional(),
});

/** Host to worker: a promise got its value. */
export const promiseResolve = envelope.extend({ type: z.literal('promise-resolve'), promiseId: z.string().min(1), value: jsonValue });

/** Host to worker: a promise was refused, cancelled or timed out. */
export const promiseReject = envelope.extend({ type: z.literal('promise-reject'), promiseId: z.string().min(1), error: thrownError });

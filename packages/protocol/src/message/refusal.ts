import * as z from 'zod';
import { wireError } from '../error/wire-error.ts';
import { envelope } from './envelope.ts';

/** Either side, the answer to a request that could not be met, with an error of ours. */
export const refusal = envelope.extend({ type: z.literal('refusal'), correlationId: z.string().min(1), error: wireError });

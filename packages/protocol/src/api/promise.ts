import { z } from 'zod';
import { jsonValue } from '../json-value.ts';

/** What waits for somebody's answer. */
const pendingPromise = z
  .object({
    id: z.string(),
    /** What sort of answer is asked for. */
    kind: z.string(),
    data: jsonValue,
    createdAt: z.iso.datetime(),
    deadline: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PendingPromise' });

export const promiseQuery = z.strictObject({ state: z.literal('pending').default('pending') });
export const promiseList = z.object({ promises: z.array(pendingPromise).readonly() });
export const resolveBody = z.strictObject({ value: jsonValue }).meta({ id: 'ResolvePromise' });
export const rejectBody = z.strictObject({ error: z.object({ message: z.string(), name: z.string().optional() }) }).meta({ id: 'RejectPromise' });
export const settledPromise = z.object({ promiseId: z.string(), state: z.enum(['resolved', 'rejected']) });

export type PendingPromise = z.output<typeof pendingPromise>;

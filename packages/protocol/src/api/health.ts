import { z } from 'zod';

/** Whether the server can do its work now, part by part. */
export const health = z.object({ status: z.enum(['ok', 'degraded']), checks: z.record(z.string(), z.string()) }).meta({ id: 'Health' });
/** Whether the server takes new work. */
export const readiness = z.object({ status: z.enum(['ready', 'draining']) }).meta({ id: 'Readiness' });
export const liveness = z.object({ status: z.literal('alive') });

export type Health = z.output<typeof health>;

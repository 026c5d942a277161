import * as z from 'zod';
import { envelope } from './envelope.ts';

/** Worker to host, at an interval, also while user code blocks. */
export const heartbeat = envelope.extend({
  type: z.literal('heartbeat'),
  /** Resident set size in bytes. */
  memoryUsage: z.number().nonnegative(),
  /** Of one core, since the last heartbeat. */
  cpuPercent: z.number().nonnegative(),
  /** Names that the user made. */
  namespaceSize: z.int().nonnegative(),
});

import * as z from 'zod';
import { jsonValue } from '../json-value.ts';
import { executionEnvelope } from './envelope.ts';

/** Worker to host, the end of a cell that completed. */
export const result = executionEnvelope.extend({
  type: z.literal('result'),
  /** The completion value as JSON, or null. */
  value: jsonValue,
  /** Why `value` is null although there was a value: `undefined`, `not serialisable`, `too large`. */
  valueOmitted: z.string().optional(),
  /** The value as a prompt would show it; empty for `undefined`. */
  repr: z.string(),
  /** The exit code where the cell called `process.exit`, or set one. */
  exitCode: z.int().optional(),
  executionTimeMs: z.number().nonnegative(),
});

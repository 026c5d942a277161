import * as z from 'zod';
import { envelope } from './envelope.ts';

export const outputStream = z.enum(['stdout', 'stderr']);
export type OutputStream = z.infer<typeof outputStream>;

/**
 * Worker to host: text that user code wrote. All output of an execution comes before its end message;
 * what a timer writes afterwards still names the execution that started the timer and is marked `late`.
 */
export const output = envelope.extend({
  type: z.literal('output'),
  /** Absent when the text came from no cell, a preloaded module say. */
  executionId: z.string().min(1).optional(),
  stream: outputStream,
  text: z.string(),
  late: z.boolean(),
});

import * as z from 'zod';
import { envelope } from './envelope.ts';

/** The format of the bytes in a checkpoint. Another one is refused. */
export const checkpointFormat = 1;

/** A name that a checkpoint or a restore left out, and why. */
const skippedEntry = z.object({ name: z.string(), reason: z.string() });
export type SkippedEntry = z.infer<typeof skippedEntry>;

/** Plain bytes. An interface, because a compiler before TypeScript 5.7 knows no `Uint8Array` with a parameter, which is what the name alone would be declared as. */
export interface Bytes extends Uint8Array {}

/** Bytes, whatever kind of view the codec made of them. */
const bytes: z.ZodType<Bytes, Bytes> = z
  .instanceof(Uint8Array)
  .transform((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));

/** A namespace as bytes, with what it takes to trust them. */
export const checkpointData = z.object({
  checkpointId: z.string().min(1),
  /** The last execution that the namespace had seen; empty before the first one. */
  executionId: z.string(),
  format: z.int().positive(),
  namespace: bytes,
  /** SHA-256 of `namespace`, in hexadecimal. */
  digest: z.string().length(64),
  /** Of `namespace`, in bytes. */
  size: z.int().nonnegative(),
  /** Epoch milliseconds. */
  createdAt: z.number().finite(),
});

export type CheckpointData = z.infer<typeof checkpointData>;

/** Host to worker, between executions: keep the namespace. */
export const checkpoint = envelope.extend({ type: z.literal('checkpoint'), checkpointId: z.string().min(1) });

/** Worker to host, the answer to `checkpoint`: the bytes, what they hold and what they could not hold. */
export const checkpointTaken = envelope.extend({
  type: z.literal('checkpoint-taken'),
  checkpoint: checkpointData,
  kept: z.array(z.string()),
  skipped: z.array(skippedEntry),
});

/** Host to worker, between executions: merge a checkpoint into the live namespace. */
export const restore = envelope.extend({ type: z.literal('restore'), checkpoint: checkpointData });

/** Worker to host, the answer to `restore`. */
export const restored = envelope.extend({
  type: z.literal('restored'),
  restored: z.array(z.string()),
  skipped: z.array(skippedEntry),
});

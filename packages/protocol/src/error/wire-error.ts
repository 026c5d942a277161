import * as z from 'zod';
import { HoldfastError, isHoldfastError } from './holdfast-error.ts';

/** How an error of ours travels: no stack, no cause, nothing that a stranger should not see. */
export const wireError = z.object({
  code: z.string().min(1),
  message: z.string(),
  retriable: z.boolean(),
  hint: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

export type WireError = z.infer<typeof wireError>;

/** The wire form of anything that was thrown. What is not ours becomes `HOLDFAST_PROTOCOL_INTERNAL`, its text withheld. */
export function toWireError(error: unknown): WireError {
  if (!isHoldfastError(error)) {
    return { code: 'HOLDFAST_PROTOCOL_INTERNAL', message: 'An internal error happened', retriable: false };
  }
  const { code, message, retriable, hint, data } = error;
  return { code, message, retriable, ...(hint !== undefined && { hint }), ...(data !== undefined && { data }) };
}

/** The error that a wire form stands for. */
export function fromWireError(wire: WireError): HoldfastError {
  return new HoldfastError(wire.code, wire.message, {
    retriable: wire.retriable,
    ...(wire.hint !== undefined && { hint: wire.hint }),
    ...(wire.data !== undefined && { data: wire.data }),
  });
}

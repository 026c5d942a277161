/** How a projection's states meet the store: which event goes into which, and what they are as JSON. */
import type { JsonValue } from '@holdfast/protocol';
import type { Event } from '../event.ts';
import type { Projection } from './projection.ts';

export function wants({ types }: Projection<unknown>, event: Event): boolean {
  return types === undefined || types.includes(event.type);
}

/** Undefined where the event goes into no state. */
export function keyOf(projection: Projection<unknown>, event: Event): string | undefined {
  return projection.keyOf ? projection.keyOf(event) : event.taskId;
}

/** What is kept of a state; whoever keeps it checks that it is JSON. */
export function encodeState(projection: Projection<unknown>, state: unknown): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without `encode` a state has to be JSON itself
  return projection.encode ? projection.encode(state) : (state as JsonValue);
}

export function decodeState(projection: Projection<unknown>, encoded: JsonValue): unknown {
  return projection.decode ? projection.decode(encoded) : encoded;
}

/** How a projection's states meet the store: which event goes into which, and what they are as JSON. */
import type { JsonValue } from '@holdfast/protocol';
import type { Event } from '../event.ts';
import { copyJson } from '../json.ts';
import type { Projection } from './projection.ts';

export function wants({ types }: Projection<unknown>, event: Event): boolean {
  return types === undefined || types.includes(event.type);
}

/** Undefined where the event goes into no state. */
export function keyOf(projection: Projection<unknown>, event: Event): string | undefined {
  return projection.keyOf ? projection.keyOf(event) : event.taskId;
}

/** @throws Error for a state that is no JSON */
export function encodeState(projection: Projection<unknown>, state: unknown): JsonValue {
  return copyJson(projection.encode ? projection.encode(state) : state);
}

export function decodeState(projection: Projection<unknown>, encoded: JsonValue): unknown {
  return projection.decode ? projection.decode(encoded) : encoded;
}

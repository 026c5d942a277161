import type { JsonValue } from '@holdfast/protocol';
import type { Event } from '../event.ts';

/** What events add up to, one after the other. Pure: it reads no clock and changes nothing that it is given. */
export interface Fold<State> {
  /** The state before the first event. */
  initial(key: string): State;
  apply(state: State, event: Event): State;
}

/** A fold with a name under which its states are kept. */
export interface Projection<State> extends Fold<State> {
  /** Of its own in a store. Give it another when `apply` comes to mean something else: the states are then built anew. */
  readonly name: string;
  /** Only these types. @default all */
  readonly types?: readonly string[];
  /**
   * Which state an event goes into; undefined for none. Decided by task, type and data alone.
   *
   * @default its task
   */
  keyOf?(event: Event): string | undefined;
  /** @default the state, which then has to be JSON itself */
  encode?(state: State): JsonValue;
  /** @default the state as it is */
  decode?(encoded: JsonValue): State;
}

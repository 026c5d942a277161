import { idSchema } from '@holdfast/protocol';
import { eventStoreError } from '../errors.ts';
import { copyJson } from '../json.ts';
import type { Progress } from './consumers.ts';
import { count } from './query.ts';

/** @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT */
export function checkedConsumer(consumer: unknown): string {
  return checkedName('consumer', consumer);
}

/** @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT */
export function checkedKey(key: unknown): string {
  return checkedName('key', key);
}

/**
 * Progress that may be kept, as a copy.
 *
 * @param head - of the store
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT
 */
export function checkedProgress({ sequenceNumber, states = [], afterSequence }: Progress, head: number): Progress {
  return {
    ...(sequenceNumber !== undefined && { sequenceNumber: reached('sequenceNumber', sequenceNumber, head) }),
    ...(afterSequence !== undefined && { afterSequence: count('afterSequence', afterSequence) }),
    states: states.map((each) => ({
      key: checkedKey(each.key),
      sequenceNumber: reached('sequenceNumber', each.sequenceNumber, head),
      state: checkedState(each.state),
    })),
  };
}

/** @throws HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT */
export function assertStandsAt(consumer: string, expected: number | undefined, actual: number): void {
  if (expected === undefined || expected === actual) return;
  throw eventStoreError('HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT', `Cannot save consumer "${consumer}": expected it at ${expected}, found it at ${actual}`, {
    data: { consumer, expected, actual },
  });
}

function reached(name: string, sequenceNumber: number, head: number): number {
  if (count(name, sequenceNumber) <= head) return sequenceNumber;
  throw invalid(`Cannot use ${sequenceNumber} as "${name}": the store ends at ${head}`);
}

function checkedName(what: string, name: unknown): string {
  const parsed = idSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw invalid(`Cannot use ${typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name} as the name of a ${what}`);
}

function checkedState(state: unknown): ReturnType<typeof copyJson> {
  try {
    return copyJson(state);
  } catch (cause) {
    throw invalid(`Cannot keep state: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function invalid(message: string, cause?: unknown): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', message, { cause });
}

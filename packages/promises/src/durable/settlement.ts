/** What a settled promise of the protocol means. */
import type { HoldfastError } from '@holdfast/protocol';
import { decodeValue } from '../codec/decode-value.ts';
import { encodeFailure, encodeValue } from '../codec/encode-value.ts';
import { promisesError } from '../errors.ts';
import type { PromiseView } from '../machine/messages.ts';
import { Encoded } from './encoded.ts';
import type { RunState } from './promises.ts';

/** Marks a promise that somebody outside settles, with what is asked for. */
export const kindTag = 'holdfast:kind';

const undefinedText = encodeValue(undefined);

/** How a promise ended. An unanswered question is a timer that ran out, so it is resolved without a value. */
export function stateOf({ state, tags, value }: PromiseView): RunState {
  switch (state) {
    case 'resolved':
      return kindTag in tags && (value.data ?? undefined) === undefined ? 'timedout' : 'resolved';
    case 'rejected_canceled':
      return 'cancelled';
    case 'rejected_timedout':
      return 'timedout';
    default:
      return state;
  }
}

/** The kept value, or the kept failure. */
export function encodedOf(view: PromiseView): Encoded {
  const text = typeof view.value.data === 'string' && view.value.data !== '' ? view.value.data : undefined;
  switch (stateOf(view)) {
    case 'timedout':
      return new Encoded(encodeFailure(timeoutError(view.id)));
    case 'cancelled':
      return new Encoded(text ?? encodeFailure(cancelledError(view.id, 'it was cancelled')));
    default:
      return new Encoded(text ?? undefinedText);
  }
}

/** The value of a settled promise; throws what it was rejected with. */
export function outcomeOf(view: PromiseView): unknown {
  const value = decodeValue(encodedOf(view).text);
  if (stateOf(view) === 'resolved') return value;
  throw value;
}

export function timeoutError(id: string): HoldfastError {
  return promisesError('HOLDFAST_PROMISES_TIMEOUT', `Cannot wait for "${id}" any longer: its deadline passed`, { data: { id } });
}

export function cancelledError(id: string, reason: string): HoldfastError {
  return promisesError('HOLDFAST_PROMISES_CANCELLED', `Cannot go on with "${id}": ${reason}`, { data: { id, reason } });
}

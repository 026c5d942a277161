/** Runs the work of a step: attempts, pauses, deadline, signal. */
import { encodeFailure, encodeValue } from '../codec/encode-value.ts';
import { promisesError } from '../errors.ts';
import type { Place } from '../resonate.ts';
import type { StepOptions, StepWork } from './context.ts';
import { Encoded, EncodedFailure } from './encoded.ts';
import type { ResolvedEngineOptions } from './open-promises-options.ts';
import { pause } from './pause.ts';
import type { Pass } from './pass.ts';
import { timeoutError } from './settlement.ts';

/** The kept value of some work; throws the kept failure. */
export async function runStep<Value>(
  { id }: Place,
  name: string,
  work: StepWork<Value>,
  { timeoutMs, retry }: StepOptions,
  pass: Pass,
  options: ResolvedEngineOptions,
): Promise<Encoded> {
  const own = new AbortController();
  const signal = AbortSignal.any([pass.controller.signal, own.signal]);
  pass.beginStep(id, own);
  // It may have lost before it began.
  const end = pass.endOf(id);
  if (end) own.abort(end);
  const stopTimer = timeoutMs === undefined ? undefined : options.setTimer(() => own.abort(timeoutError(id)), timeoutMs);
  try {
    const use: Parameters<StepWork<Value>>[0]['use'] = (dependency) => pass.scope.use(dependency);
    for (let attempt = 1; ; attempt += 1) {
      try {
        signal.throwIfAborted();
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        const value = await untilAborted(Promise.resolve(work({ id, attempt, signal, use })), own.signal);
        return encode(value, `the result of step "${name}"`, options.maxValueCharacters);
      } catch (error) {
        if (signal.aborted || attempt >= (retry?.maxAttempts ?? 1)) throw new EncodedFailure(encodeFailure(own.signal.aborted ? own.signal.reason : error));
        const { delayMs = 100, factor = 2, maxDelayMs = 30_000 } = retry ?? {};
        // oxlint-disable-next-line no-await-in-loop -- the pause between attempts
        await pause(Math.min(maxDelayMs, delayMs * factor ** (attempt - 1)), options.setTimer, [signal]);
      }
    }
  } finally {
    stopTimer?.();
    pass.endStep(id);
  }
}

/** The kept form of a value that a user gave. */
export function encode(value: unknown, what: string, maxCharacters: number): Encoded {
  const text = encodeValue(value, what);
  if (text.length <= maxCharacters) return new Encoded(text);
  throw promisesError('HOLDFAST_PROMISES_VALUE_TOO_LARGE', `Cannot keep ${what}: it has ${text.length} characters, at most ${maxCharacters} are kept`, {
    data: { characters: text.length, maxCharacters },
  });
}

/** Work that was given up, by a deadline or because another operation won, is not waited for. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

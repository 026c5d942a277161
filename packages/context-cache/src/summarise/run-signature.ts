/**
 * Runs a signature. A model is optional: without one, or where it fails, the deterministic answer is given, in the second
 * case marked. What a model answers is validated, and what is wrong with it goes back to it. Answers are kept by
 * signature, model and input, so that the same input never costs a second call and always gives the same answer.
 */
import { validate, type Signature } from './signature.ts';
import { findJson } from './repair-json.ts';
import { contextCacheError } from '../errors.ts';

/** Asks a model for an answer as JSON. A port: see `@holdfast/context-cache/ai-sdk`. */
export interface AnswerModel {
  readonly id: string;
  /** Gives the answer as the model wrote it, or as an object where the library parsed it. */
  answer(request: AnswerRequest): Promise<unknown>;
}

export interface AnswerRequest {
  readonly instructions: string;
  readonly input: unknown;
  readonly output: Signature<unknown, unknown>['output'];
  /** What was wrong with the answers before; empty at first. */
  readonly feedback: readonly string[];
  readonly signal: AbortSignal;
}

/** Beyond it a timer of Node fires at once. */
const longestTimerMs = 2 ** 31 - 1;

export interface RunOptions {
  /** @default none: the deterministic answer */
  readonly model?: AnswerModel;
  /** How often the model is asked again after an answer that does not fit. @default 2 */
  readonly maxRetries?: number;
  /** After this long all attempts together are given up. @default 30_000 */
  readonly timeoutMs?: number;
  /** After this long `onWarning` hears that it is slow. @default 5000 */
  readonly slowMs?: number;
  readonly onWarning?: (warning: string) => void;
  readonly signal?: AbortSignal;
  /** Keeps answers. @default none */
  readonly answers?: Map<string, Answer<unknown>>;
  /** Measures time in milliseconds. @default performance.now */
  readonly now?: () => number;
}

export interface Answer<Output> {
  readonly value: Output;
  readonly by: 'deterministic' | 'model' | 'fallback';
  /** Why the model's answer is not the one given. */
  readonly problems: readonly string[];
}

/**
 * @throws HOLDFAST_CONTEXT_CACHE_INVALID_INPUT for an input that the signature does not take
 * @throws the reason of the signal, when that aborts
 */
export async function runSignature<Input, Output>(signature: Signature<Input, Output>, given: unknown, options: RunOptions = {}): Promise<Answer<Output>> {
  const checked = await validate(signature.input, given);
  if (!checked.ok) throw contextCacheError('HOLDFAST_CONTEXT_CACHE_INVALID_INPUT', `Cannot run signature "${signature.name}": ${checked.issues.join('; ')}`);
  options.signal?.throwIfAborted();
  const { model, answers } = options;
  const input = checked.value;
  if (!model || signature.isTrivial?.(input) === true) return { value: signature.deterministic(input), by: 'deterministic', problems: [] };
  const key = JSON.stringify([signature.name, signature.version, model.id, input]);
  const known = answers?.get(key);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the key names the signature, and so the type
  if (known) return known as Answer<Output>;
  const answer = await askModel(signature, input, model, options);
  if (answer.by === 'model') answers?.set(key, answer);
  return answer;
}

async function askModel<Input, Output>(signature: Signature<Input, Output>, input: Input, model: AnswerModel, options: RunOptions): Promise<Answer<Output>> {
  const { maxRetries = 2, timeoutMs = 30_000, slowMs = 5000, onWarning, now = () => performance.now() } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error(`no answer within ${timeoutMs} ms`)), Math.min(timeoutMs, longestTimerMs));
  const signal = options.signal ? AbortSignal.any([options.signal, timeout.signal]) : timeout.signal;
  const began = now();
  const problems: string[] = [];
  try {
    for (let attempt = 0; attempt <= maxRetries; attempt += 1) {
      const outcome = await attemptOnce(signature, input, model, problems, signal);
      if (!('problems' in outcome)) return { value: outcome.value, by: 'model', problems };
      problems.push(...outcome.problems);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
    const took = now() - began;
    if (took > slowMs) onWarning?.(`Signature "${signature.name}" took ${Math.round(took)} ms, ${slowMs} are normal`);
  }
  return { value: signature.deterministic(input), by: 'fallback', problems };
}

/** One question; an answer that does not fit, or what the port throws, gives what is wrong with it. */
async function attemptOnce<Input, Output>(
  { instructions, output }: Signature<Input, Output>,
  input: Input,
  model: AnswerModel,
  feedback: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly value: Output } | { readonly problems: readonly string[] }> {
  let answer: unknown;
  try {
    answer = await withSignal(model.answer({ instructions, input, output, feedback, signal }), signal);
  } catch (error) {
    signal.throwIfAborted();
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const found = typeof answer === 'string' ? findJson(answer) : answer;
  if (found === undefined) return { problems: ['the answer holds no whole JSON object'] };
  const checked = await validate(output, found);
  return checked.ok ? { value: checked.value } : { problems: checked.issues };
}

/** Rejects with the signal, also where the model does not listen to it. */
async function withSignal<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

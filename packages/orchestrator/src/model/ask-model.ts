/**
 * One question to a model, until it gives an answer of the wanted form: what is malformed or cut off is asked for again
 * with what was wrong about it, what failed on the way is tried again after a while. It never waits longer than it was
 * told, also where the provider takes no notice of a signal.
 */
import { APICallError, generateText, NoObjectGeneratedError, NoOutputGeneratedError, Output, type LanguageModel, type LanguageModelUsage } from 'ai';
import type { z } from 'zod';
import { orchestratorError } from '../errors.ts';
import { startTimer } from '../start-timer.ts';
import type { CallContext, ModelCall } from '../workflow/ports.ts';
import type { ModelPrice } from './model-price.ts';

export interface AskOptions {
  readonly model: LanguageModel;
  readonly name: string;
  /** How long one answer may take. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly maxOutputTokens: number;
  readonly price?: ModelPrice;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Waits, or rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Question<Value> {
  readonly purpose: ModelCall['purpose'];
  readonly instructions: string;
  readonly prompt: string;
  readonly schema: z.ZodType<Value>;
}

const firstDelayMs = 500;
/** However long a server wants to be left alone. */
const longestDelayMs = 60_000;

/** @throws HOLDFAST_ORCHESTRATOR_MODEL_FAILED when no attempt gave an answer; the reason of the signal of the call */
export async function askModel<Value>(question: Question<Value>, call: CallContext, options: AskOptions): Promise<Value> {
  let problem: Problem | undefined;
  for (let attempt = 1; attempt <= options.maxAttempts; attempt += 1) {
    if (problem?.kind === 'unreachable') await options.wait(Math.max(firstDelayMs * 2 ** (attempt - 2), problem.afterMs ?? 0), call.signal);
    call.signal.throwIfAborted();
    const outcome = await tryOnce(problem ? repaired(question, problem) : question, call, options);
    if ('value' in outcome) return outcome.value;
    problem = outcome;
    if (problem.kind === 'refused') break;
  }
  throw orchestratorError('HOLDFAST_ORCHESTRATOR_MODEL_FAILED', `Cannot get an answer of model "${options.name}": ${problem?.message ?? 'it was not asked'}`, {
    cause: problem?.cause,
    data: { model: options.name, purpose: question.purpose },
  });
}

/** `refused`: asking again would be in vain. `malformed`: it answered with something else. */
interface Problem {
  readonly kind: 'unreachable' | 'refused' | 'malformed';
  readonly message: string;
  readonly cause: unknown;
  /** How long the server wants to be left alone. */
  readonly afterMs?: number;
}

async function tryOnce<Value>(question: Question<Value>, call: CallContext, options: AskOptions): Promise<{ readonly value: Value } | Problem> {
  const startedAt = options.now();
  const limit = new AbortController();
  const signal = AbortSignal.any([call.signal, limit.signal]);
  const stopTimer = startTimer(() => limit.abort(new DOMException(`No answer came within ${options.timeoutMs} ms`, 'TimeoutError')), options.timeoutMs);
  const report = async (usage: LanguageModelUsage | undefined, problem: Problem | undefined): Promise<void> =>
    call.onModelCall({
      purpose: question.purpose,
      model: options.name,
      ...tokensOf(usage, options.price),
      durationMs: Math.round(options.now() - startedAt),
      error: problem?.message ?? null,
    });
  try {
    const result = await orAborted(
      generateText({
        model: options.model,
        instructions: question.instructions,
        prompt: question.prompt,
        output: Output.object({ schema: question.schema }),
        maxOutputTokens: options.maxOutputTokens,
        maxRetries: 0,
        abortSignal: signal,
      }),
      signal,
    );
    const answer = readOutput(result, question.schema);
    await report(result.usage, 'value' in answer ? undefined : answer);
    return answer;
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    const problem = problemOf(limit.signal.aborted ? limit.signal.reason : error);
    await report(NoObjectGeneratedError.isInstance(error) ? error.usage : undefined, problem);
    return problem;
  } finally {
    stopTimer();
  }
}

/** The output, checked once more: a provider may give back what it parsed leniently. */
function readOutput<Value>(result: { readonly output: unknown; readonly finishReason: string }, schema: z.ZodType<Value>): { readonly value: Value } | Problem {
  try {
    const parsed = schema.safeParse(result.output);
    // What the SDK checked went through the schema once; its transforms give the same the second time.
    return parsed.success ? { value: parsed.data } : { kind: 'malformed', message: oneLine(parsed.error.message), cause: parsed.error };
  } catch (error) {
    return problemOf(error, result.finishReason);
  }
}

function problemOf(error: unknown, finishReason?: string): Problem {
  if (NoObjectGeneratedError.isInstance(error)) {
    const why = error.finishReason === 'length' ? 'the answer was cut off' : detailOf(error.cause ?? error);
    return { kind: 'malformed', message: `its answer has not the wanted form: ${why}`, cause: error };
  }
  if (NoOutputGeneratedError.isInstance(error)) return { kind: 'malformed', message: `it gave no answer (${finishReason ?? 'unknown reason'})`, cause: error };
  // What came with 200 and is no JSON is the answer of something in between.
  if (APICallError.isInstance(error) && !error.isRetryable && (error.statusCode ?? 0) >= 400) return { kind: 'refused', message: detailOf(error), cause: error };
  const afterMs = APICallError.isInstance(error) ? Math.min(longestDelayMs, Number(error.responseHeaders?.['retry-after'] ?? 0) * 1000) : 0;
  return { kind: 'unreachable', message: detailOf(error), cause: error, ...(afterMs > 0 && { afterMs }) };
}

function repaired<Value>(question: Question<Value>, problem: Problem): Question<Value> {
  if (problem.kind !== 'malformed') return question;
  const prompt = `${question.prompt}\n\n## Your last answer could not be used\n${problem.message}\nAnswer again, with JSON of the wanted form and nothing else.`;
  return { ...question, purpose: 'repair', prompt };
}

/** A provider that takes no notice of the signal is left behind. */
async function orAborted<Value>(work: PromiseLike<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function tokensOf(usage: LanguageModelUsage | undefined, price: ModelPrice | undefined): Pick<ModelCall, 'inputTokens' | 'outputTokens' | 'costUsd'> {
  const [inputTokens, outputTokens] = [usage?.inputTokens ?? 0, usage?.outputTokens ?? 0];
  const costUsd = price ? (inputTokens * price.inputPerMillion + outputTokens * price.outputPerMillion) / 1_000_000 : null;
  return { inputTokens, outputTokens, costUsd };
}

function detailOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').slice(0, 500).toWellFormed();
}

import { createMessage, isHoldfastError, isJsonValue, toWireError, type JsonValue, type Message, type MessageOf } from '@holdfast/protocol';
import { executorError } from '../errors.ts';
import type { Clock } from './clock.ts';
import type { AnswerInput, CapabilityPort } from './host-port.ts';

export interface QuestionDeskOptions {
  readonly sessionId: string;
  readonly clock: Clock;
  readonly onInput: AnswerInput | undefined;
  readonly capabilities: CapabilityPort | undefined;
  readonly inputTimeoutMs: number;
  readonly capabilityTimeoutMs: number;
  /** Sends to the worker. */
  readonly reply: (message: Message) => Promise<void>;
}

interface OpenQuestion {
  readonly executionId: string;
  readonly stop: AbortController;
}

/** Has the questions of cells answered by the host's own functions, each once and within its time. */
export class QuestionDesk {
  readonly #options: QuestionDeskOptions;
  readonly #offered = new Map<string, string>();
  readonly #open = new Set<OpenQuestion>();

  constructor(options: QuestionDeskOptions) {
    this.#options = options;
    this.offer(options.capabilities?.offered ?? {});
  }

  /** How many questions wait for an answer. */
  get openCount(): number {
    return this.#open.size;
  }

  offer(names: Readonly<Record<string, string>>): void {
    for (const [name, description] of Object.entries(names)) this.#offered.set(name, description);
  }

  /** What a worker has to be told of the offer; nothing where there is none. */
  get offerMessage(): MessageOf<'capability-offer'> | undefined {
    if (this.#offered.size === 0) return undefined;
    return createMessage('capability-offer', { capabilities: [...this.#offered].map(([name, description]) => ({ name, description })) });
  }

  /** Answers a question for a person. Never rejects. */
  async input({ id, executionId, prompt, secret }: MessageOf<'input-request'>): Promise<void> {
    const { sessionId, onInput, inputTimeoutMs } = this.#options;
    try {
      if (!onInput) throw executorError('HOLDFAST_EXECUTOR_NO_INPUT', 'Cannot ask for input: nobody answers in this session');
      const late = (): Error => executorError('HOLDFAST_EXECUTOR_INPUT_TIMEOUT', `Cannot ask for input: nobody answered within ${inputTimeoutMs} ms`);
      const value = await this.#within(inputTimeoutMs, late, executionId, async (signal) => onInput({ sessionId, executionId, prompt, secret }, { signal }));
      await this.#options.reply(createMessage('input-response', { correlationId: id, value: value === null ? null : value.toWellFormed() }));
    } catch (error) {
      const known = isHoldfastError(error) ? error : executorError('HOLDFAST_EXECUTOR_NO_INPUT', `Cannot ask for input: ${messageOf(error)}`, { cause: error });
      await this.#fail(createMessage('refusal', { correlationId: id, error: toWireError(known) }));
    }
  }

  /** Answers a question for something that the host offers. Never rejects. */
  async capability({ id, executionId, capability, args }: MessageOf<'capability-request'>): Promise<void> {
    try {
      const value = await this.#ask(id, executionId, capability, args[0] ?? null);
      await this.#options.reply(createMessage('capability-response', { correlationId: id, outcome: { ok: true, value } }));
    } catch (error) {
      const known = isHoldfastError(error)
        ? error
        : executorError('HOLDFAST_EXECUTOR_CAPABILITY_FAILED', `Cannot give "${capability}": ${messageOf(error)}`, { cause: error });
      await this.#fail(createMessage('capability-response', { correlationId: id, outcome: { ok: false, error: toWireError(known) } }));
    }
  }

  /** A worker that is gone needs no answer, and its exit is heard elsewhere. */
  async #fail(message: Message): Promise<void> {
    await this.#options.reply(message).catch(() => undefined);
  }

  /** Tells those who look for an answer that a cell needs none any more. */
  cancel(executionId: string): void {
    for (const question of this.#open) if (question.executionId === executionId) question.stop.abort();
  }

  /** The same for every cell, because the worker is gone. */
  cancelAll(): void {
    for (const { stop } of this.#open) stop.abort();
  }

  async #ask(requestId: string, executionId: string, capability: string, input: JsonValue): Promise<JsonValue> {
    const { sessionId, capabilities, capabilityTimeoutMs } = this.#options;
    if (!capabilities || !this.#offered.has(capability)) {
      const hint = this.#offered.size === 0 ? 'This session offers none' : `This session offers ${[...this.#offered.keys()].join(', ')}`;
      throw executorError('HOLDFAST_EXECUTOR_CAPABILITY_UNKNOWN', `Cannot give "${capability}": the session does not offer it`, { hint });
    }
    const late = (): Error => executorError('HOLDFAST_EXECUTOR_CAPABILITY_TIMEOUT', `Cannot give "${capability}": there was no answer within ${capabilityTimeoutMs} ms`);
    const value: unknown = await this.#within(capabilityTimeoutMs, late, executionId, async (signal) =>
      capabilities.request({ requestId, sessionId, executionId, capability, input }, { signal }),
    );
    if (value === undefined) return null;
    if (isJsonValue(value)) return value;
    throw executorError('HOLDFAST_EXECUTOR_CAPABILITY_FAILED', `Cannot give "${capability}": its result is not JSON`);
  }

  /** Waits for an answer until the time is up or nobody needs it. */
  async #within<Answer>(timeoutMs: number, late: () => Error, executionId: string, answer: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const question = { executionId, stop: new AbortController() };
    const { signal } = question.stop;
    const stopped = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true });
    const stopWaiting = this.#options.clock.schedule(() => question.stop.abort(late()), timeoutMs);
    this.#open.add(question);
    try {
      return await Promise.race([answer(signal), stopped.promise]);
    } finally {
      stopWaiting();
      this.#open.delete(question);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

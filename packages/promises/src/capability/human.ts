/** What only a person can answer. */
import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import type { AnswerSchema } from '../external.ts';
import { Capability, type CapabilityContext, type CapabilityDefinition } from './capability.ts';

export interface HumanQuestion {
  /** What the person is asked. */
  readonly text: string;
  /** What they may want to look at. */
  readonly details?: JsonValue;
}

export interface Approval {
  readonly approved: boolean;
  readonly comment?: string;
}

export interface HumanCapabilityOptions {
  /** How long people may take; `undefined` waits as long as it takes. @default 86_400_000, a day */
  readonly timeoutMs?: number | undefined;
}

const dayMs = 86_400_000;

/** `capabilities.approve({ text })`: a yes or a no. */
export function approveCapability(options: HumanCapabilityOptions = {}): CapabilityDefinition<HumanQuestion, Approval> {
  return human('approve', 'Asks a person for a yes or a no.', approval, options);
}

/** `capabilities.requestInput({ text })`: whatever the person answers. */
export function requestInputCapability(options: HumanCapabilityOptions = {}): CapabilityDefinition<HumanQuestion, JsonValue> {
  return human('requestInput', 'Asks a person for an answer.', jsonValue, options);
}

function human<Output extends JsonValue | Approval>(
  name: string,
  description: string,
  output: AnswerSchema<Output>,
  options: HumanCapabilityOptions,
): CapabilityDefinition<HumanQuestion, Output> {
  const timeoutMs = 'timeoutMs' in options ? options.timeoutMs : dayMs;
  return { name, description, permission: 'human', input: question, output, answer: output, create: (context) => new Human(context, { name, output, timeoutMs }) };
}

interface HumanSettings<Output> {
  readonly name: string;
  readonly output: AnswerSchema<Output>;
  readonly timeoutMs: number | undefined;
}

class Human<Output> extends Capability<HumanQuestion, Output> {
  readonly #requestId: string;
  readonly #settings: HumanSettings<Output>;

  constructor(context: CapabilityContext, settings: HumanSettings<Output>) {
    super(context);
    this.#requestId = context.requestId;
    this.#settings = settings;
  }

  async handle({ text, details = null }: HumanQuestion, { signal }: { readonly signal: AbortSignal }): Promise<Output> {
    const { name, output, timeoutMs } = this.#settings;
    const message = { id: this.#requestId, capability: name, method: 'ask', args: [{ text, details }] };
    const answer = await this.requestResponse(message, { timeoutMs, signal });
    try {
      return output.parse(answer);
    } catch (cause) {
      throw promisesError('HOLDFAST_PROMISES_UNEXPECTED_VALUE', `Cannot use the answer to "${this.#requestId}": its schema refuses it`, { cause });
    }
  }
}

const question: AnswerSchema<HumanQuestion> = {
  parse: (value) => {
    if (isObject(value) && typeof value['text'] === 'string') {
      const { text, details } = value;
      return details === undefined ? { text } : { text, details: jsonValue.parse(details) };
    }
    throw new TypeError('expected an object with a "text"');
  },
};

const approval: AnswerSchema<Approval> = {
  parse: (value) => {
    if (isObject(value) && typeof value['approved'] === 'boolean') {
      const { approved, comment } = value;
      if (comment === undefined) return { approved };
      if (typeof comment === 'string') return { approved, comment };
    }
    throw new TypeError('expected an object with "approved", true or false, and perhaps a "comment"');
  },
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> & { readonly text?: string } {
  return typeof value === 'object' && value !== null;
}

import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { createMessage, type JsonValue, type Message, type MessageOf } from '@holdfast/protocol';
import type { AskedQuestion, QuestionAnswer, QuestionFailure } from './question.ts';

/** Which execution a cell belongs to, and whether it ended already. */
export type IdentifyCell = (ordinal: number) => { readonly executionId?: string; readonly late: boolean };

type Answer = MessageOf<'input-response'> | MessageOf<'capability-response'> | MessageOf<'refusal'>;

interface OpenQuestion {
  readonly number: number;
  readonly executionId: string;
}

/** The control thread's end of questions to the host: which are open, and the way back of the answers. */
export class OpenQuestions {
  readonly #port: MessagePort;
  readonly #bell: Int32Array;
  readonly #identify: IdentifyCell;
  /** By the id of the message that carries the question. */
  readonly #open = new Map<string, OpenQuestion>();

  constructor(port: MessagePort, bell: SharedArrayBuffer, identify: IdentifyCell) {
    this.#port = port;
    this.#bell = new Int32Array(bell);
    this.#identify = identify;
  }

  /** The message of the question that lies on the port, noted as open before it is sent; undefined where it is answered here. */
  take(ordinal: number): Message | undefined {
    const received: { readonly message: AskedQuestion } | undefined = receiveMessageOnPort(this.#port);
    if (!received) return undefined;
    const { number, question } = received.message;
    const { executionId, late } = this.#identify(ordinal);
    if (executionId === undefined || (late && question.kind === 'input')) {
      const message = question.kind === 'input' ? 'Cannot ask for input: the cell has ended' : `Cannot ask for "${question.capability}": no cell asks`;
      this.#settle({ number, ok: false, failure: { name: 'NotAllowedError', message } });
      return undefined;
    }
    const message =
      question.kind === 'input'
        ? createMessage('input-request', { executionId, prompt: question.prompt, secret: question.secret })
        : createMessage('capability-request', { executionId, capability: question.capability, method: 'request', args: [question.input] });
    this.#open.set(message.id, { number, executionId });
    return message;
  }

  /** Hands an answer of the host to whoever asked; one that nobody waits for any more is let go. */
  answer(answer: Answer): void {
    const open = this.#open.get(answer.correlationId);
    if (!open || !this.#open.delete(answer.correlationId)) return;
    const outcome = outcomeOf(answer);
    this.#settle('failure' in outcome ? { number: open.number, ok: false, ...outcome } : { number: open.number, ok: true, ...outcome });
  }

  /** Fails what a cell asked, because it is to end. Says whether there was anything, so that it has something to wake up for. */
  cancel(executionId: string, by: string): boolean {
    let hasFailed = false;
    for (const [id, open] of this.#open) {
      if (open.executionId !== executionId) continue;
      hasFailed = true;
      this.#open.delete(id);
      this.#settle({ number: open.number, ok: false, failure: { name: 'AbortError', message: `The cell was cancelled by ${by}` } });
    }
    return hasFailed;
  }

  #settle(answer: QuestionAnswer): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, not of a window
    this.#port.postMessage(answer);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }
}

function outcomeOf(answer: Answer): { readonly value: JsonValue } | { readonly failure: QuestionFailure } {
  if (answer.type === 'input-response') return { value: answer.value };
  const error = answer.type === 'refusal' ? answer.error : answer.outcome.ok ? undefined : answer.outcome.error;
  if (answer.type === 'capability-response' && answer.outcome.ok) return { value: answer.outcome.value };
  const { code = '', message = '', hint } = error ?? {};
  return { failure: { name: 'HoldfastError', code, message, ...(hint !== undefined && { hint }) } };
}

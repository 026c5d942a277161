import type { JsonValue } from '@holdfast/protocol';
import { callByPromise } from '../bridge/call.ts';
import type { AnswerSchema } from '../external.ts';
import type { PromiseStore } from '../store/promise-store.ts';

/** How long an answer is waited for unless a capability says otherwise. */
export const defaultCapabilityTimeoutMs = 30_000;

/** What whoever answers is sent. */
export interface CapabilityMessage {
  /** The promise that the answer settles. */
  readonly id: string;
  readonly capability: string;
  readonly method: string;
  readonly args: readonly JsonValue[];
}

export interface CapabilityContext {
  readonly promises: PromiseStore;
  /** Tells whoever answers that there is something to answer. */
  readonly transport: { send(message: CapabilityMessage): void | Promise<void> };
  readonly sessionId: string;
  readonly executionId: string;
  /** The same when the same execution asks the same again, after a restart too. */
  readonly requestId: string;
}

export interface RequestResponseOptions {
  /** @default 30_000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal;
}

/** One request of user code for something that the host offers. */
export abstract class Capability<Input, Output> {
  protected readonly promises: PromiseStore;
  protected readonly transport: CapabilityContext['transport'];
  protected readonly executionId: string;

  constructor({ promises, transport, executionId }: CapabilityContext) {
    this.promises = promises;
    this.transport = transport;
    this.executionId = executionId;
  }

  /** Gives the result. The signal aborts when nobody waits for it any more. */
  abstract handle(input: Input, options: { readonly signal: AbortSignal }): Promise<Output>;

  /** Asks somebody and waits for the answer; its promise is kept before the message is sent. */
  protected requestResponse(message: CapabilityMessage, options: RequestResponseOptions = {}): Promise<JsonValue> {
    const { id, capability, method, args } = message;
    // Given and undefined waits as long as it takes.
    const timeoutMs = 'timeoutMs' in options ? options.timeoutMs : defaultCapabilityTimeoutMs;
    return callByPromise(this.promises, {
      id,
      kind: capability,
      data: { type: 'capability_request', capability, method, args, executionId: this.executionId },
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(options.signal && { signal: options.signal }),
      send: () => this.transport.send(message),
    });
  }
}

/** What the host may offer, and how it is checked. */
export interface CapabilityDefinition<Input = unknown, Output = unknown> {
  readonly name: string;
  /** A sentence for whoever writes the code that uses it. */
  readonly description: string;
  /** What a session has to be granted. */
  readonly permission: string;
  readonly input: AnswerSchema<Input>;
  readonly output: AnswerSchema<Output>;
  /** The form of the answer that its promise takes, so that another one can be refused when it is given. @default any */
  readonly answer?: AnswerSchema<unknown>;
  create(context: CapabilityContext): Capability<Input, Output>;
}

import * as z from 'zod';
import { protocolError } from '../errors.ts';
import { cancel, cancelled } from './cancel.ts';
import { capabilityOffer, capabilityRequest, capabilityResponse } from './capability.ts';
import { checkpoint, checkpointTaken, restore, restored } from './checkpoint.ts';
import { completionListing, completionQuery } from './completion.ts';
import { error } from './error.ts';
import { execution, executionStart } from './execution.ts';
import { heartbeat } from './heartbeat.ts';
import { inputRequest, inputResponse } from './input.ts';
import { busy, hello, ready, shutdown } from './lifecycle.ts';
import { namespaceClear, namespaceCleared, namespaceListing, namespaceQuery } from './namespace.ts';
import { output } from './output.ts';
import { promiseCreate, promiseReject, promiseResolve } from './promise.ts';
import { refusal } from './refusal.ts';
import { result } from './result.ts';

/** Every message that travels, told apart by `type`. Unknown fields are dropped, so a newer minor version may add some. */
export const message = z.discriminatedUnion('type', [
  hello,
  ready,
  busy,
  shutdown,
  execution,
  executionStart,
  output,
  result,
  error,
  cancel,
  cancelled,
  heartbeat,
  namespaceQuery,
  namespaceListing,
  namespaceClear,
  namespaceCleared,
  completionQuery,
  completionListing,
  checkpoint,
  checkpointTaken,
  restore,
  restored,
  inputRequest,
  inputResponse,
  capabilityOffer,
  capabilityRequest,
  capabilityResponse,
  promiseCreate,
  promiseResolve,
  promiseReject,
  refusal,
]);

export type Message = z.infer<typeof message>;
export type MessageType = Message['type'];
/** One member of the union: `MessageOf<'result'>`. */
export type MessageOf<Type extends MessageType> = Extract<Message, { type: Type }>;
/** What a sender has to say; id and timestamp are filled in. */
export type MessageInput<Type extends MessageType> = Omit<MessageOf<Type>, 'id' | 'timestamp' | 'type'>;

/** Where the two fields that a sender does not say come from. */
export interface MessageOptions {
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/**
 * Makes a message and validates it.
 *
 * @throws HOLDFAST_PROTOCOL_INVALID_MESSAGE
 */
export function createMessage<Type extends MessageType>(
  type: Type,
  fields: MessageInput<Type>,
  { newId = () => crypto.randomUUID(), now = Date.now }: MessageOptions = {},
): MessageOf<Type> {
  // The discriminator decides the member, which the type system cannot follow through a generic.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return parseMessage({ ...fields, type, id: newId(), timestamp: now() }) as MessageOf<Type>;
}

/**
 * Validates what came in from outside.
 *
 * @throws HOLDFAST_PROTOCOL_INVALID_MESSAGE
 */
export function parseMessage(value: unknown): Message {
  const parsed = message.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message: text }) => ({ path: path.join('.'), message: text }));
  const [first] = issues;
  throw protocolError(
    'HOLDFAST_PROTOCOL_INVALID_MESSAGE',
    `Cannot accept message: ${first?.path ? `"${first.path}" ` : ''}${first?.message ?? 'invalid'}`,
    { data: { issues }, cause: parsed.error },
  );
}

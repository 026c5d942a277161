import { createHash } from 'node:crypto';
import { isJsonValue, type JsonValue } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import type { AnswerSchema } from '../external.ts';
import type { PromiseStore } from '../store/promise-store.ts';
import type { CapabilityContext, CapabilityDefinition } from './capability.ts';

/** A request as a session hands it on. */
export interface SessionCapabilityRequest {
  readonly requestId: string;
  readonly sessionId: string;
  readonly executionId: string;
  readonly capability: string;
  readonly input: JsonValue;
}

/** What a session takes: its option `capabilities`. */
export interface SessionCapabilities {
  readonly offered: Readonly<Record<string, string>>;
  request(request: SessionCapabilityRequest, options: { readonly signal: AbortSignal }): Promise<JsonValue>;
}

export interface CapabilityRegistryOptions {
  readonly promises: PromiseStore;
  /** Tells whoever answers. @default nobody; open requests are listed by the promise store */
  readonly transport?: CapabilityContext['transport'];
}

/** All that a host can offer. A session gets only what it is granted. */
export class CapabilityRegistry {
  readonly #options: CapabilityRegistryOptions;
  readonly #definitions = new Map<string, CapabilityDefinition>();

  constructor(options: CapabilityRegistryOptions) {
    this.#options = options;
  }

  /** @throws HOLDFAST_PROMISES_CAPABILITY_TAKEN */
  register<Input, Output>(definition: CapabilityDefinition<Input, Output>): void {
    const { name } = definition;
    if (this.#definitions.has(name)) throw promisesError('HOLDFAST_PROMISES_CAPABILITY_TAKEN', `Cannot register capability "${name}": there is one of this name`);
    this.#definitions.set(name, definition);
  }

  /** The form of the answers to a capability's promises; undefined where any will do. */
  answerSchema(name: string): AnswerSchema<unknown> | undefined {
    return this.#definitions.get(name)?.answer;
  }

  /** What one session may use: nothing but the capabilities whose permission is granted. */
  forSession({ grants }: { readonly grants: readonly string[] }): SessionCapabilities {
    const granted = new Set(grants);
    /** How often an execution asked for a capability, so that the n-th question is the same after a restart. */
    const asked = new Map<string, number>();
    const offered = [...this.#definitions.values()].filter(({ permission }) => granted.has(permission));
    return {
      offered: Object.fromEntries(offered.map(({ name, description }) => [name, description])),
      request: async (request, { signal }) => {
        const definition = this.#granted(request.capability, granted);
        const key = JSON.stringify([request.sessionId, request.executionId, request.capability]);
        const count = asked.get(key) ?? 0;
        asked.set(key, count + 1);
        return this.#handle(definition, { ...request, requestId: requestId(request, count) }, signal);
      },
    };
  }

  #granted(name: string, granted: ReadonlySet<string>): CapabilityDefinition {
    const definition = this.#definitions.get(name);
    if (!definition) throw promisesError('HOLDFAST_PROMISES_CAPABILITY_UNKNOWN', `Cannot use capability "${name}": there is none of this name`, { data: { name } });
    if (granted.has(definition.permission)) return definition;
    throw promisesError('HOLDFAST_PROMISES_CAPABILITY_DENIED', `Cannot use capability "${name}": permission "${definition.permission}" is not granted`, {
      data: { name, permission: definition.permission },
    });
  }

  async #handle(definition: CapabilityDefinition, { sessionId, executionId, requestId: id, input }: SessionCapabilityRequest, signal: AbortSignal): Promise<JsonValue> {
    const { promises, transport = { send: () => undefined } } = this.#options;
    const { name } = definition;
    const parsed = parse(definition.input, input, (cause) =>
      promisesError('HOLDFAST_PROMISES_INVALID_INPUT', `Cannot use capability "${name}": its schema refuses the input`, { cause, data: { name } }),
    );
    const result = await definition.create({ promises, transport, sessionId, executionId, requestId: id }).handle(parsed, { signal });
    const output = parse(definition.output, result, (cause) => unexpected(name, 'its schema refuses the result', cause));
    if (isJsonValue(output)) return output;
    throw unexpected(name, 'its result is not JSON');
  }
}

function parse<Value>(schema: AnswerSchema<Value>, value: unknown, refuse: (cause: unknown) => Error): Value {
  try {
    return schema.parse(value);
  } catch (cause) {
    throw refuse(cause);
  }
}

function unexpected(name: string, reason: string, cause?: unknown): Error {
  return promisesError('HOLDFAST_PROMISES_UNEXPECTED_RESULT', `Cannot use capability "${name}": ${reason}`, { ...(cause !== undefined && { cause }), data: { name } });
}

/** Ids have a limit, and those of sessions and executions may each use it up. */
function requestId({ sessionId, executionId, capability }: SessionCapabilityRequest, count: number): string {
  const id = [sessionId, executionId, capability, count].join('/');
  return id.length <= 256 && !`${sessionId}${executionId}`.includes('/') ? id : createHash('sha256').update(JSON.stringify([sessionId, executionId, capability, count])).digest('hex');
}

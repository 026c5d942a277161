import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { operations, type Operation, type OperationName, type Operations, type PathOf } from '@holdfast/protocol/api';
import { z } from 'zod';
import type { Principal } from '../auth/guard.ts';
import { serverError } from '../errors.ts';
import type { AuditRecord } from '../observability/log.ts';
import { fingerprintOf, idOfKey, Idempotency } from './idempotency.ts';
import { parsePart } from './parse.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Sent<Schema> = Schema extends z.ZodType ? z.input<Schema> : null;

/** A request of one operation, checked. */
export interface OperationRequest<Each extends Operation> {
  readonly params: PathOf<Each>;
  readonly query: Parsed<Each['query']>;
  readonly body: Parsed<Each['body']>;
  readonly principal: Principal;
  /** The host that the client reached, with its port. */
  readonly host: string;
  readonly lastEventId: string | undefined;
  /** The id for whatever this creates, where the client sent an idempotency key. */
  readonly idOfKey: string | undefined;
}

/** An answer of one operation, with one of its statuses. */
type OperationAnswer<Each extends Operation> = {
  [Status in keyof Each['answers'] & number]: { readonly status: Status; readonly body: Sent<Each['answers'][Status]> };
}[keyof Each['answers'] & number];

/** An answer as a handler gives it. */
export function answer<const Status extends number, const Body>(status: Status, body: Body): { readonly status: Status; readonly body: Body } {
  return { status, body };
}

export type Handler<Name extends OperationName> = (request: OperationRequest<Operations[Name]>) => Promise<OperationAnswer<Operations[Name]>>;

/** Takes the answer over, for a client that accepts a stream; false leaves it to the handler. */
export type StreamHandler<Name extends OperationName> = (request: OperationRequest<Operations[Name]>, raw: FastifyRequest, reply: FastifyReply) => Promise<boolean>;

type AnyAnswer = { readonly status: number; readonly body: unknown };

/** Serves operations: checks their requests, sees to idempotency keys, and keeps the audit. */
export class Router {
  readonly #app: FastifyInstance;
  readonly #onAudit: ((record: AuditRecord) => void) | undefined;
  readonly #idempotency = new Idempotency<AnyAnswer>();

  constructor(app: FastifyInstance, onAudit?: (record: AuditRecord) => void) {
    this.#app = app;
    this.#onAudit = onAudit;
  }

  serve<Name extends OperationName>(name: Name, handler: Handler<Name>, stream?: StreamHandler<Name>): void {
    const operation: Operation = operations[name];
    const integers = textFields(operation.query);
    this.#app.route({
      method: operation.method,
      url: operation.path.replaceAll(/\{(?<parameter>\w+)\}/gu, ':$<parameter>'),
      config: { operation: name, open: operation.open ?? false },
      handler: async (raw, reply) => {
        const key = operation.method === 'GET' ? undefined : idempotencyKey(raw);
        const request = parseRequest<Operations[Name]>(operation, integers, raw, key === undefined ? undefined : idOfKey(raw.principal.name, name, key));
        if (stream && (await stream(request, raw, reply))) return reply;
        if (key === undefined) return send(reply, this.#audited(name, operation, request, raw.id, await handler(request)));
        const { answer: given, isReplayed } = await this.#idempotency.run(`${raw.principal.name}\n${name}\n${key}`, fingerprintOf(request.params, request.body), async () =>
          this.#audited(name, operation, request, raw.id, await handler(request)),
        );
        if (isReplayed) reply.header('idempotency-replayed', 'true');
        return send(reply, given);
      },
    });
  }

  #audited(action: OperationName, { method }: Operation, { principal, params: target }: OperationRequest<Operation>, requestId: string, given: AnyAnswer): AnyAnswer {
    if (method !== 'GET') this.#onAudit?.({ at: new Date().toISOString(), principal: principal.name, face: 'rest', action, target, outcome: given.status, requestId });
    return given;
  }
}

function send(reply: FastifyReply, { status, body }: AnyAnswer): FastifyReply {
  reply.code(status);
  return body === null ? reply.send() : reply.send(body);
}

function parseRequest<Each extends Operation>(operation: Operation, fields: ReadonlyMap<string, 'integer' | 'boolean'>, raw: FastifyRequest, id: string | undefined): OperationRequest<Each> {
  const { principal } = raw;
  const body = raw.body ?? (operation.bodyOptional === true ? {} : raw.body);
  const request = {
    params: raw.params,
    query: operation.query && parsePart('query', operation.query, fromText(raw.query, fields)),
    body: operation.body && parsePart('body', operation.body, body),
    principal,
    host: raw.headers.host ?? '',
    lastEventId: header(raw, 'last-event-id'),
    idOfKey: id,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each part was just checked against this operation's own schema
  return request as unknown as OperationRequest<Each>;
}

function idempotencyKey(raw: FastifyRequest): string | undefined {
  const key = header(raw, 'idempotency-key');
  if (key === undefined || /^[\u0021-\u007E]{1,255}$/u.test(key)) return key;
  throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: idempotency-key: expected 1 to 255 visible ASCII characters');
}

function header({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Which fields of a query are no text, by its schema. */
function textFields(query: z.ZodObject | undefined): ReadonlyMap<string, 'integer' | 'boolean'> {
  const { properties = {} } = query ? z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' }) : {};
  return new Map(
    Object.entries(properties).flatMap(([name, schema]) => {
      const type = typeof schema === 'object' ? schema.type : undefined;
      return type === 'integer' || type === 'boolean' ? [[name, type] as const] : [];
    }),
  );
}

/** A query is text; its whole numbers and truth values become what they say. What is neither stays, and is refused by the schema. */
export function fromText(query: unknown, fields: ReadonlyMap<string, 'integer' | 'boolean'>): unknown {
  if (typeof query !== 'object' || query === null) return query;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]: [string, unknown]) => {
      const type = fields.get(name);
      if (type === 'integer' && typeof value === 'string' && /^-?\d{1,16}$/u.test(value)) return [name, Number(value)];
      if (type === 'boolean' && (value === 'true' || value === 'false')) return [name, value === 'true'];
      return [name, value];
    }),
  );
}

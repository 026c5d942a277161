/** The OpenAPI 3.1 document, written from the same operations that the server answers. */
import { commonProblems, operations, parameterNames, problem, type Operation } from '@holdfast/protocol/api';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

const statusTexts: Readonly<Record<number, string>> = {
  200: 'It went well',
  201: 'It was made',
  202: 'It was begun and goes on',
  204: 'It went well; there is nothing to tell',
  400: 'The request is not understood; the message names the place',
  401: 'The token is missing or wrong',
  403: 'The host or the origin is not allowed',
  404: 'There is no such thing',
  409: 'It is busy, exists already or has ended',
  412: 'The task has moved on since the version that the request speaks of',
  413: 'The body or what it holds is too large',
  415: 'The body is not application/json',
  422: 'The idempotency key belongs to another request',
  429: 'Too many requests in a short time; see Retry-After',
  500: 'A fault of the server',
  503: 'Not now: overloaded, full, not configured or shutting down; see Retry-After',
  507: 'The disk is full',
};

/** The document. `version` is that of the server's package. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, operation] of Object.entries<Operation>(operations)) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(name, operation) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Holdfast',
      version,
      description: 'Sessions that run TypeScript and JavaScript, and tasks that write it, with a record that outlives the server.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: componentSchemas(), securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

const tags: Readonly<Record<string, string>> = {
  sessions: 'Sessions run cells in a worker process and keep their variables',
  executions: 'One run of a cell, and what became of it',
  promises: 'What waits for an answer of a person or a program',
  tasks: 'Coding tasks, from the prompt to the tested modules',
  server: 'What the server says of itself',
};

function describe(name: string, operation: Operation): Json {
  const { method, path, summary, query, body, open } = operation;
  const group = path.split('/')[1] ?? '';
  return {
    operationId: name,
    summary,
    tags: [group in tags ? group : 'server'],
    ...(open === true && { security: [] }),
    parameters: [
      ...parameterNames(path).map((parameter) => ({ name: parameter, in: 'path', required: true, schema: { type: 'string', minLength: 1 } })),
      ...(query ? queryParameters(query) : []),
      ...(method === 'GET' ? [] : [idempotencyHeader]),
    ],
    ...(body && { requestBody: { required: operation.bodyOptional !== true, content: { 'application/json': { schema: schemaOf(body), ...(operation.example !== undefined && { example: operation.example }) } } } }),
    responses: responses(operation),
  };
}

const idempotencyHeader = {
  name: 'idempotency-key',
  in: 'header',
  description: 'The same key with the same request gets the first answer again, and nothing is done twice',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }));
}

function responses({ answers, problems, streams = [], open }: Operation): Json {
  const well = Object.entries(answers).map(([status, schema]) => [status, { description: statusTexts[Number(status)] ?? '', ...(schema && { content: contentOf(schema, streams) }) }]);
  const common = open === true ? commonProblems.filter((status) => status !== 401) : commonProblems;
  const failed = [...new Set([...common, ...problems])]
    .filter((status) => !(status in answers))
    .toSorted((left, right) => left - right)
    .map((status) => [String(status), { description: statusTexts[status] ?? '', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }]);
  return Object.fromEntries([...well, ...failed]);
}

function contentOf(schema: z.ZodType, streams: readonly string[]): Json {
  return Object.fromEntries([['application/json', { schema: schemaOf(schema) }], ...streams.map((type) => [type, { schema: { type: 'string' } }])]);
}

/** A schema as JSON Schema; named ones are referred to. Bodies and answers alike are told as they go over the wire. */
function schemaOf(schema: z.ZodType): Json {
  const { id } = schema.meta() ?? {};
  return id === undefined ? inComponents(schema) : { $ref: `#/components/schemas/${id}` };
}

const unnamed = ' ';

function componentSchemas(): Json {
  const named = new Map<string, z.ZodType>([['Problem', problem]]);
  for (const { body, answers } of Object.values<Operation>(operations)) {
    for (const schema of [body, ...Object.values(answers)]) {
      // What has no name of its own may still hold parts that have one.
      if (schema) named.set(schema.meta()?.id ?? `${unnamed}${named.size}`, schema);
    }
  }
  const schemas: Record<string, unknown> = {};
  for (const [id, schema] of named) {
    const { $defs = {}, ...rest } = generate(schema);
    Object.assign(schemas, $defs, id.startsWith(unnamed) || '$ref' in rest ? {} : { [id]: rest });
  }
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, pointToComponents(schema)]));
}

function inComponents(schema: z.ZodType): Json {
  const { $defs: _named, ...rest } = generate(schema);
  return pointToComponents(rest);
}

function generate(schema: z.ZodType): { readonly $defs?: Readonly<Record<string, unknown>> } & Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function pointToComponents(schema: unknown): Json {
  const text = JSON.stringify(schema, (key, value: unknown) => (key === 'id' && typeof value === 'string' ? undefined : value));
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text.replaceAll('#/$defs/', '#/components/schemas/')));
}

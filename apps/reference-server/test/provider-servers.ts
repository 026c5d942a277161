import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** How a server answers one question: as its API does, with a text, or in another way. */
export type ProviderAnswer = (answering: { readonly response: ServerResponse; readonly wire: Wire; readonly body: Body }) => void;

type Body = Readonly<Record<string, unknown>>;

/** How one API puts an answer, an error and a question into JSON. */
interface Wire {
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly path: string;
  readonly keyOf: (request: IncomingMessage) => unknown;
  readonly answer: (content: string, isCutOff: boolean) => object;
  readonly error: (status: number) => object;
  /** The schema that the answer has to have. */
  readonly schemaOf: (body: Body) => unknown;
  readonly promptOf: (body: Body) => unknown;
}

export interface ProviderServer {
  readonly wire: Wire;
  readonly url: string;
  readonly questions: Body[];
  /** The answers to the next questions; the last holds for all that follow. */
  answers: ProviderAnswer[];
}

export const openai: Wire = {
  provider: 'openai-compatible',
  model: 'gpt-test',
  key: 'key-of-openai',
  path: '/v1/chat/completions',
  keyOf: ({ headers }) => headers.authorization?.replace('Bearer ', ''),
  answer: (content, isCutOff) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_767_225_600,
    model: 'gpt-test',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: isCutOff ? 'length' : 'stop' }],
    usage: { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 },
  }),
  error: (status) => ({ error: { message: `failed with ${status}`, type: 'server_error', param: null, code: null } }),
  schemaOf: (body) => at(body, 'response_format', 'json_schema', 'schema'),
  promptOf: (body) => at(body, 'messages', 1, 'content'),
};

export const anthropic: Wire = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  key: 'key-of-anthropic',
  path: '/v1/messages',
  keyOf: ({ headers }) => headers['x-api-key'],
  answer: (content, isCutOff) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: content === '' ? [] : [{ type: 'text', text: content }],
    stop_reason: isCutOff ? 'max_tokens' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 20, output_tokens: 7 },
  }),
  error: (status) => ({ type: 'error', error: { type: status === 529 ? 'overloaded_error' : 'api_error', message: `failed with ${status}` } }),
  schemaOf: (body) => at(body, 'output_config', 'format', 'schema'),
  promptOf: (body) => at(body, 'messages', 0, 'content', 0, 'text'),
};

/** A server that speaks the API of a provider as far as a question needs it. It refuses what the real one refuses. */
export async function startProvider(wire: Wire): Promise<ProviderServer> {
  const state: ProviderServer & { url: string } = { wire, url: '', questions: [], answers: [] };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (wire.keyOf(request) !== wire.key) return fails(401)({ response, wire, body: {} });
    if (request.method === 'GET') return send(response, 200, { id: wire.model, data: [{ id: wire.model }] });
    if (request.url !== wire.path) return fails(404)({ response, wire, body: {} });
    const body = (await json(request)) as Body;
    state.questions.push(body);
    if (!isStrict(wire.schemaOf(body))) return fails(400)({ response, wire, body });
    const answer = state.answers.length > 1 ? state.answers.shift() : state.answers[0];
    return answer?.({ response, wire, body });
  };
  const server = createServer((request, response) => void handle(request, response).catch((error: unknown) => response.destroy(error as Error)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return state;
}

/** A whole answer. */
export function says(content: string, { isCutOff = false } = {}): ProviderAnswer {
  return ({ response, wire }) => send(response, 200, wire.answer(content, isCutOff));
}

export function fails(status: number, headers: Readonly<Record<string, string>> = {}): ProviderAnswer {
  return ({ response, wire }) => send(response, status, wire.error(status), headers);
}

/** Something that is no JSON, as a proxy in between says. */
export const saysHtml: ProviderAnswer = ({ response }) => void response.setHeader('content-type', 'text/html').end('<html>Bad gateway</html>');
/** Begins an answer and breaks off. */
export const breaksOff: ProviderAnswer = ({ response, wire }) => {
  response.setHeader('content-type', 'application/json');
  response.write(JSON.stringify(wire.answer('{"summary"', false)).slice(0, 60));
  setImmediate(() => response.destroy());
};
/** Never answers. */
export const hangs: ProviderAnswer = () => undefined;
/** Says a little, and then nothing more. */
export const stalls: ProviderAnswer = ({ response }) => void response.setHeader('content-type', 'application/json').write('{"id":');

function send(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Strict schemas require every property and allow no other one. */
function isStrict(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  const { properties, required = [], items, additionalProperties }: { properties?: object; required?: string[]; items?: unknown; additionalProperties?: unknown } = schema;
  if (items !== undefined) return typeof items !== 'object' || items === null || !('properties' in items) || isStrict(items);
  if (!properties) return true;
  return additionalProperties === false && Object.keys(properties).every((name) => required.includes(name)) && Object.values(properties).every((each) => isStrict(each));
}

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((found: unknown, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined), value);
}

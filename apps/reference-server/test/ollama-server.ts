import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What the server does with one chat. */
export type ChatAnswer = (response: ServerResponse, request: ChatRequest) => void;

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly format?: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface OllamaServer {
  readonly url: string;
  /** Every chat that was asked for. */
  readonly chats: ChatRequest[];
  /** The answers to the next chats; the last holds for all that follow. */
  answers: ChatAnswer[];
  /** Whether it breaks every connection off. */
  isAway: boolean;
}

/** A server that speaks the Ollama API as far as a chat needs it, and answers as a test tells it. Gone after the test. */
export async function startOllama(models: readonly string[] = ['qwen3:8b']): Promise<OllamaServer> {
  const state = { url: '', chats: [] as ChatRequest[], answers: [] as ChatAnswer[], isAway: false };
  const server = createServer((request, response) => void handle(request, response).catch((error: unknown) => response.destroy(error as Error)));
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (state.isAway) {
      response.destroy();
      return;
    }
    if (request.url === '/api/tags') {
      response.end(JSON.stringify({ models: models.map((name) => ({ name })) }));
      return;
    }
    const chat = (await json(request)) as ChatRequest;
    state.chats.push(chat);
    const answer = state.answers.length > 1 ? state.answers.shift() : state.answers[0];
    answer?.(response, chat);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

/** A whole answer. */
export function says(content: string, { reason = 'stop', promptTokens = 20, tokens = 7 } = {}): ChatAnswer {
  return (response, { model }) => {
    const body = { model, created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content }, done: true, done_reason: reason, prompt_eval_count: promptTokens, eval_count: tokens };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  };
}

export function fails(status: number): ChatAnswer {
  return (response) => {
    response.statusCode = status;
    response.end(JSON.stringify({ error: `failed with ${status}` }));
  };
}

/** Begins an answer and breaks off. */
export const breaksOff: ChatAnswer = (response) => {
  response.write('{"model":"qwen3:8b","message":{"role":"assistant","con');
  setImmediate(() => response.destroy());
};

/** Never answers. */
export const hangs: ChatAnswer = () => undefined;

/** Says a little, and then nothing more. */
export const stalls: ChatAnswer = (response) => void response.write('{"model":');

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { functionSummary, runSignature, type AnswerModel } from '@holdfast/context-cache';
import { createAiSdkModel } from '@holdfast/context-cache/ai-sdk';
import { expect, onTestFinished, test } from 'vitest';

const good = { purpose: 'Adds numbers.', inputs: 'a', outputs: 'number', sideEffects: [], summary: 'Adds.' };
const input = { name: 'add', source: 'export function add(a: number): number { return a + 1; }', dependencies: [] };

/** A server that speaks the API of OpenAI as far as a chat needs it: its answers in turn, a number for a status. */
async function startServer(answers: readonly (string | number)[]): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => void handle(request, response).catch((error: unknown) => response.destroy(error as Error)));
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await json(request);
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? 500;
    asked.push(JSON.stringify(body));
    response.writeHead(typeof answer === 'number' ? answer : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(typeof answer === 'number' ? { error: { message: 'busy' } } : completionOf(answer)));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

function completionOf(content: string): object {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  return { id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
}

const modelAt = (url: string): AnswerModel => createAiSdkModel(createOpenAICompatible({ name: 'test', baseURL: url, supportsStructuredOutputs: true })('m'));

test('CTX-74 over HTTP, words around an answer are passed over, and what is wrong with it goes back to the model', async () => {
  const { url, asked } = await startServer([JSON.stringify({ ...good, purpose: 7 }), `Here you are:\n\`\`\`json\n${JSON.stringify(good)}\n\`\`\``]);

  const answer = await runSignature(functionSummary, input, { model: modelAt(url) });

  expect(answer).toMatchObject({ value: good, by: 'model' });
  expect(asked).toHaveLength(2);
  expect(asked[0]).toContain('json_schema');
  expect(asked[0]).not.toContain('was not accepted');
  expect(asked[1]).toMatch(/was not accepted[\s\S]*purpose/u);
});

test('CTX-74 over HTTP, a server that fails is fallen back from, marked', async () => {
  const { url, asked } = await startServer([503]);

  const answer = await runSignature(functionSummary, input, { model: modelAt(url) });

  expect(answer).toMatchObject({ by: 'fallback', value: { purpose: expect.any(String) } });
  expect(asked.length).toBeGreaterThan(1);
});

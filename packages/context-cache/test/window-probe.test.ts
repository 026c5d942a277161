import { createServer } from 'node:http';
import { once } from 'node:events';
import { createOllamaProbe, contextBudget, mistral7b, probeLadder, qwen38b, routeModel, withWindow } from '@holdfast/context-cache';
import { expect, test } from 'vitest';

const answers = {
  '/api/ps': { models: [{ name: 'mistral:7b', model: 'mistral:7b', context_length: 4096 }] },
  '/api/show': { parameters: 'stop    "[INST]"\nnum_ctx   16384\n' },
};
const request = async (url: string): Promise<unknown> => answers[new URL(url).pathname as keyof typeof answers];

test('CTX-03 a model that runs with less room than its card says is routed away from earlier', async () => {
  const { ladder, warnings } = await probeLadder([mistral7b, qwen38b], createOllamaProbe({ request }));

  expect(ladder.map(({ contextTokens }) => contextTokens)).toEqual([4096, 16_384]);
  expect(routeModel(4000, 'mistral:7b')).toBe('mistral:7b');
  expect(routeModel(4000, 'mistral:7b', { ladder })).toBe('qwen3:8b');
  expect(warnings).toEqual([
    'Model "mistral:7b" runs with a window of 4096 tokens, not 8192',
    'Model "qwen3:8b" runs with a window of 16384 tokens, not 32768',
  ]);
});

test('a window is never made larger, and a server that says nothing changes nothing', async () => {
  const generous = await probeLadder([mistral7b], async () => 262_144);
  const silent = await probeLadder([mistral7b], createOllamaProbe({ request: async () => ({}) }));

  expect(generous).toEqual({ ladder: [mistral7b], warnings: [] });
  expect(silent).toEqual({ ladder: [mistral7b], warnings: [] });
});

test('a server that fails is told of and changes nothing; one over HTTP is asked as Ollama wants it', async () => {
  const server = createServer((incoming, outgoing) => {
    outgoing.statusCode = incoming.url === '/api/ps' ? 200 : 500;
    outgoing.end(JSON.stringify(answers['/api/ps']));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;

  const { ladder, warnings } = await probeLadder([mistral7b, qwen38b], createOllamaProbe({ baseUrl: `http://127.0.0.1:${port}` }));
  server.close();

  expect(ladder.map(({ contextTokens }) => contextTokens)).toEqual([4096, 32_768]);
  expect(warnings[0]).toBe(`Model "mistral:7b" runs with a window of 4096 tokens, not 8192`);
  expect(warnings[1]).toMatch(/"qwen3:8b" could not be asked .* answered 500/u);
});

test('an aborted probe is aborted', async () => {
  const stop = new AbortController();
  stop.abort(new Error('enough'));

  await expect(probeLadder([mistral7b], async (_, { signal }) => signal?.throwIfAborted() as never, { signal: stop.signal })).rejects.toThrow('enough');
});

test('a profile keeps its shares in another window, and its parts add up to it', () => {
  const half = withWindow(mistral7b, 4096);

  expect(half).toMatchObject({ contextTokens: 4096, system: 250, generation: 1250, current: { functions: 600 } });
  expect(contextBudget(half)).toBe(250 + 150 + 2000);
  expect(half.system + half.task + 2000 + half.generation + half.buffer).toBe(4096);
});

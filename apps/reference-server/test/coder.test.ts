import { isHoldfastError } from '@holdfast/protocol';
import type { CallContext, Coder, ModelCall } from '@holdfast/orchestrator';
import { createModelCoder } from '@holdfast/orchestrator/model';
import { createOllama } from 'ollama-ai-provider-v2';
import { expect, test } from 'vitest';
import { openCoder } from '../src/coder.ts';
import { holdfast, startServe } from './command-line.ts';
import { breaksOff, fails, hangs, says, stalls, startOllama, type ChatAnswer } from './ollama-server.ts';
import { temporaryFolder } from './running-holdfast.ts';

const plan = { summary: 'Tie knots', modules: [{ name: 'knot', purpose: 'tie(rope) ties a knot', dependencies: [] }] };
const request = { prompt: 'Tie a knot', answers: [], context: '' };
const settings = { model: 'ollama:qwen3:8b', modelContextTokens: 8192, modelTimeoutMs: 60_000 } as const;

async function open(answers: readonly ChatAnswer[], options: { timeoutMs?: number } = {}) {
  const ollama = await startOllama();
  ollama.answers = [...answers];
  const waits: number[] = [];
  const coder = createModelCoder({
    model: createOllama({ baseURL: `${ollama.url}/api` })('qwen3:8b'),
    name: 'ollama:qwen3:8b',
    price: { inputPerMillion: 1, outputPerMillion: 10 },
    wait: async (ms) => void waits.push(ms),
    ...options,
  });
  const calls: ModelCall[] = [];
  const stop = new AbortController();
  const call: CallContext = { taskId: 'knot', signal: stop.signal, onModelCall: async (each) => void calls.push(each) };
  return { ollama, coder, calls, call, stop, waits };
}

async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    if (isHoldfastError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('It should have failed');
}

test('a plan comes back checked, with what it cost', async () => {
  const { coder, call, calls, ollama } = await open([says(JSON.stringify(plan))]);

  expect(await coder.plan(request, call)).toEqual(plan);

  expect(calls).toMatchObject([{ purpose: 'plan', model: 'ollama:qwen3:8b', inputTokens: 20, outputTokens: 7, costUsd: 0.00009, error: null }]);
  expect(ollama.chats[0]).toMatchObject({ model: 'qwen3:8b', format: { type: 'object' } });
  expect(ollama.chats[0]?.messages.at(-1)?.content).toContain('Tie a knot');
});

test('a module comes back without the fence that models like to put around code', async () => {
  const { coder, call } = await open([says(JSON.stringify({ code: '```ts\nexport const knot = 1;\n```', tests: 'import "./knot.ts";' }))]);

  const module = { name: 'knot', purpose: 'ties', dependencies: [] };
  expect(await coder.generate({ ...request, module, dependencies: [], iteration: 1 }, call)).toEqual({ name: 'knot', code: 'export const knot = 1;\n', tests: 'import "./knot.ts";\n' });
});

test.each([
  ['no JSON', says('Sure! Here is your plan.')],
  ['other JSON', says(JSON.stringify({ modules: 'many' }))],
  ['a name that is none', says(JSON.stringify({ ...plan, modules: [{ name: '../../etc', purpose: 'x', dependencies: [] }] }))],
  ['an answer that was cut off', says(JSON.stringify(plan).slice(0, 40), { reason: 'length' })],
  ['no answer', says('')],
])('WF-25 %s is asked for again with what was wrong', async (_what, malformed) => {
  const { coder, call, calls, ollama } = await open([malformed, says(JSON.stringify(plan))]);

  expect(await coder.plan(request, call)).toEqual(plan);

  expect(calls.map(({ purpose, error }) => [purpose, error === null])).toEqual([
    ['plan', false],
    ['repair', true],
  ]);
  expect(calls[0]?.inputTokens).toBe(20); // what was in vain is counted too
  expect(ollama.chats[1]?.messages.at(-1)?.content).toContain('Your last answer could not be used');
});

test('WF-21 a plan whose modules import each other in a circle is refused', async () => {
  const circle = { summary: 'x', modules: [{ name: 'a', purpose: 'x', dependencies: ['b'] }, { name: 'b', purpose: 'x', dependencies: ['a'] }] };
  const { coder, call } = await open([says(JSON.stringify(circle))]);

  expect(await failure(coder.plan(request, call))).toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_INVALID_PLAN', message: expect.stringContaining('a → b → a') });
});

test.each([
  ['a 500', fails(500)],
  ['a connection that breaks off', breaksOff],
])('%s is tried again after a while, and a model that stays so is given up', async (_what, broken) => {
  const once = await open([broken, says(JSON.stringify(plan))]);
  expect(await once.coder.plan(request, once.call)).toEqual(plan);
  expect(once.waits).toEqual([500]);

  const always = await open([broken]);
  expect(await failure(always.coder.plan(request, always.call))).toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_MODEL_FAILED' });
  expect(always.waits).toEqual([500, 1000]);
  expect(always.calls.map(({ error }) => error === null)).toEqual([false, false, false]);
});

test('a model that stays malformed is given up, without a wait', async () => {
  const { coder, call, waits, calls } = await open([says('never')]);

  expect(await failure(coder.plan(request, call))).toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_MODEL_FAILED' });

  expect(calls).toHaveLength(3);
  expect(waits).toEqual([]);
});

test.each([
  ['hangs', hangs],
  ['stalls in the middle', stalls],
])('a model that %s is not waited for', async (_what, silent) => {
  const { coder, call, calls } = await open([silent], { timeoutMs: 20 });

  expect(await failure(coder.plan(request, call))).toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_MODEL_FAILED', message: expect.stringContaining('No answer came within 20 ms') });

  expect(calls).toHaveLength(3);
});

test('a task that is told to end does not wait for its model', async () => {
  const { coder, call, stop, ollama } = await open([hangs]);
  const planning = coder.plan(request, call);
  while (ollama.chats.length === 0) await new Promise((resolve) => setImmediate(resolve));

  stop.abort(new Error('enough'));

  await expect(planning).rejects.toThrow('enough');
});

test('SRV-51 SRV-56 a configured model that is not there is said so at the start, with its address', async () => {
  const { url } = await startOllama(['other:1b']);
  const unavailable = { code: 'HOLDFAST_CLI_MODEL_UNAVAILABLE' };

  expect(await failure(openCoder({ ...settings, modelUrl: url }))).toMatchObject({ ...unavailable, message: expect.stringContaining('run "ollama pull qwen3:8b"') });
  expect(await failure(openCoder({ ...settings, modelUrl: 'http://127.0.0.1:1' }))).toMatchObject({ ...unavailable, message: expect.stringContaining('nothing answers at http://127.0.0.1:1') });
  expect(await failure(openCoder({ ...settings, model: 'anthropic:claude' }))).toMatchObject({ ...unavailable, message: expect.stringContaining('HOLDFAST_MODEL_KEY') });
  expect(await failure(openCoder({ ...settings, model: 'openai-compatible:x' }))).toMatchObject({ ...unavailable, message: expect.stringContaining('--model-url') });
  expect(await openCoder({ ...settings, model: undefined })).toBeUndefined();

  const cwd = temporaryFolder();
  const { code, stdout, stderr } = await holdfast(['serve', '--port', '0', '--model', 'ollama:qwen3:8b', '--model-url', 'http://127.0.0.1:1'], { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^holdfast: Cannot use model "ollama:qwen3:8b": nothing answers at [^\n]+\nhint: [^\n]+\n$/u);
});

test('SRV-42 SRV-71 /health is 503 while Ollama is away, and 200 when it is back; its address comes from the environment', async () => {
  const ollama = await startOllama();
  const { api } = await startServe({ cwd: temporaryFolder(), env: { HOLDFAST_MODEL_URL: ollama.url } }, '--model', 'ollama:qwen3:8b');
  expect(await api.request('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok', checks: { model: 'ok: ollama:qwen3:8b' } } });

  ollama.isAway = true;
  expect(await api.request('GET', '/health')).toMatchObject({ status: 503, body: { status: 'degraded', checks: { store: 'ok', model: expect.stringMatching(/^failed/u) } } });
  expect((await api.request('GET', '/sessions')).status).toBe(200);

  ollama.isAway = false;
  expect(await api.request('GET', '/health')).toMatchObject({ status: 200 });
});

test('SRV-42 while Ollama is away, the command line still finds the server and uses it', async () => {
  const cwd = temporaryFolder();
  const ollama = await startOllama();
  const { api } = await startServe({ cwd, env: { HOLDFAST_MODEL_URL: ollama.url } }, '--model', 'ollama:qwen3:8b');
  await api.createSession('kept');
  await api.execute('kept', 'const n = 41');

  ollama.isAway = true;

  expect(await holdfast(['exec', '--session', 'kept'], { cwd, input: 'console.log(n + 1)' })).toEqual({ code: 0, stdout: '42\n', stderr: '' });
  expect(await holdfast(['tasks'], { cwd })).toMatchObject({ code: 0, stderr: '' });
});

test('each provider is opened by its name', async () => {
  const { url } = await startOllama();

  const opened: (Coder | undefined)[] = [await openCoder({ ...settings, modelUrl: url }), await openCoder({ ...settings, model: 'demo' })];

  expect(opened).toMatchObject([
    { name: 'ollama:qwen3:8b', isRecorded: false, contextTokens: 8192 },
    { name: 'demo (recorded)', isRecorded: true },
  ]);
});

test('WF-13 a task whose model is an Ollama server runs from the command line to tested code on disk', async () => {
  const ollama = await startOllama();
  const code = 'export const double = (n: number): number => 2 * n;';
  const tests = "import assert from 'node:assert/strict';\nimport test from 'node:test';\nimport { double } from './double.ts';\ntest('doubles', () => assert.equal(double(2), 4));";
  ollama.answers = [
    says(JSON.stringify({ summary: 'Double numbers', modules: [{ name: 'double', purpose: 'doubles', dependencies: [] }] })),
    says(JSON.stringify({ code: code.replace('2 * n', '3 * n'), tests })),
    says(JSON.stringify({ code, tests })),
  ];
  const cwd = temporaryFolder();

  const { code: exit, stdout } = await holdfast(['tasks', 'run', 'Double numbers', '--model', 'ollama:qwen3:8b', '--json'], { cwd, env: { HOLDFAST_MODEL_URL: ollama.url } });

  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'completed',
    model: 'ollama:qwen3:8b',
    isRecorded: false,
    codeVersion: 2,
    modules: [{ name: 'double', iterations: 2, testsPassed: 1, testsFailed: 0 }],
    usage: { calls: 3, inputTokens: 60, outputTokens: 21, costUsd: null },
  });
  expect(ollama.chats[0]).toMatchObject({ options: { num_ctx: 8192 } });
  expect(ollama.chats[2]?.messages.at(-1)?.content).toContain('Test "doubles"');
});

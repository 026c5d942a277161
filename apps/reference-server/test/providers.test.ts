import type { CallContext, ModelCall } from '@holdfast/orchestrator';
import { expect, test } from 'vitest';
import { openCoder } from '../src/coder.ts';
import { holdfast } from './command-line.ts';
import { anthropic, breaksOff, fails, hangs, openai, says, saysHtml, stalls, startProvider, type ProviderAnswer } from './provider-servers.ts';
import { temporaryFolder } from './running-holdfast.ts';

const plan = { summary: 'Double numbers', modules: [{ name: 'double', purpose: 'doubles', dependencies: [] }] };
const right = says(JSON.stringify(plan));
const request = { prompt: 'Double numbers', answers: [], context: '' };
const wires = [
  [openai.provider, openai],
  [anthropic.provider, anthropic],
] as const;

async function open(wire: typeof openai, answers: readonly ProviderAnswer[], modelTimeoutMs = 60_000) {
  const server = await startProvider(wire);
  server.answers = [...answers];
  const coder = await openCoder({ model: `${wire.provider}:${wire.model}`, modelUrl: server.url, modelKey: wire.key, modelContextTokens: 8192, modelTimeoutMs });
  const calls: ModelCall[] = [];
  const call: CallContext = { taskId: 'double', signal: new AbortController().signal, onModelCall: async (each) => void calls.push(each) };
  return { server, calls, plan: async () => coder?.plan(request, call) };
}

const failed = { code: 'HOLDFAST_ORCHESTRATOR_MODEL_FAILED' };

test.each(wires)('%s: a plan is asked for in its form and comes back checked, with what it used', async (_name, wire) => {
  const { server, calls, plan: ask } = await open(wire, [right]);

  expect(await ask()).toEqual(plan);

  expect(calls).toMatchObject([{ purpose: 'plan', model: `${wire.provider}:${wire.model}`, inputTokens: 20, outputTokens: 7, error: null }]);
  expect(wire.schemaOf(server.questions[0]!)).toMatchObject({ type: 'object', required: ['summary', 'modules'] });
  expect(wire.promptOf(server.questions[0]!)).toContain('Double numbers');
});

test.each(
  wires.flatMap(([name, wire]) =>
    (
      [
        ['other JSON', says('{"modules":"many"}')],
        ['prose', says('Sure! Here it is.')],
        ['an answer that was cut off', says(JSON.stringify(plan).slice(0, 30), { isCutOff: true })],
        ['no answer', says('')],
      ] as const
    ).map(([what, answer]) => [name, what, wire, answer] as const),
  ),
)('WF-25 %s: %s is asked for again with what was wrong', async (_name, _what, wire, malformed) => {
  const { server, calls, plan: ask } = await open(wire, [malformed, right]);

  expect(await ask()).toEqual(plan);

  expect(calls.map(({ purpose, error }) => [purpose, error === null])).toEqual([['plan', false], ['repair', true]]);
  expect(wire.promptOf(server.questions[1]!)).toContain('Your last answer could not be used');
});

test.each(
  wires.flatMap(([name, wire]) =>
    (
      [
        ['429', fails(429, { 'retry-after': '1' })],
        ['500', fails(500)],
        ['529', fails(529)],
        ['a connection that breaks off', breaksOff],
        ['an answer of a proxy', saysHtml],
      ] as const
    ).map(([what, answer]) => [name, what, wire, answer] as const),
  ),
)('%s: %s is tried again after a while', { timeout: 60_000 }, async (_name, _what, wire, broken) => {
  const { calls, plan: ask } = await open(wire, [broken, right]);

  expect(await ask()).toEqual(plan);

  expect(calls.map(({ error }) => error === null)).toEqual([false, true]);
});

test.each(wires)('%s: a server that hangs or stalls is not waited for', { timeout: 60_000 }, async (_name, wire) => {
  for (const silent of [hangs, stalls]) {
    const { calls, plan: ask } = await open(wire, [silent], 50);
    await expect(ask()).rejects.toMatchObject({ ...failed, message: expect.stringContaining('No answer came within 50 ms') });
    expect(calls).toHaveLength(3);
  }
});

test.each(wires)('%s: a key that is refused is said at the start, and a question that is refused is not repeated', async (_name, wire) => {
  const server = await startProvider(wire);
  const settings = { model: `${wire.provider}:${wire.model}`, modelUrl: server.url, modelContextTokens: 8192, modelTimeoutMs: 60_000 };
  await expect(openCoder({ ...settings, modelKey: 'wrong' })).rejects.toMatchObject({ code: 'HOLDFAST_CLI_MODEL_UNAVAILABLE', message: expect.stringContaining('401') });

  const { calls, plan: ask } = await open(wire, [fails(403)]);
  await expect(ask()).rejects.toMatchObject({ ...failed, message: expect.stringContaining('failed with 403') });
  expect(calls).toHaveLength(1);
});

test.each(wires)('WF-13 %s: a task runs from the command line to tested code on disk, and its tokens are in the log', { timeout: 180_000 }, async (_name, wire) => {
  const server = await startProvider(wire);
  const code = 'export const double = (n: number): number => 2 * n;';
  const tests = "import assert from 'node:assert/strict';\nimport test from 'node:test';\nimport { double } from './double.ts';\ntest('doubles', () => assert.equal(double(2), 4));";
  server.answers = [right, says(JSON.stringify({ code: code.replace('2 * n', '3 * n'), tests })), fails(529), says(JSON.stringify({ code, tests }))];
  const cwd = temporaryFolder();
  const env = { HOLDFAST_MODEL_URL: server.url, HOLDFAST_MODEL_KEY: wire.key };

  const ran = await holdfast(['tasks', 'run', 'Double numbers', '--id', 'double', '--model', `${wire.provider}:${wire.model}`, '--json'], { cwd, env });

  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'completed', codeVersion: 2, usage: { calls: 4, inputTokens: 60, outputTokens: 21 } });
  expect(ran.stdout + ran.stderr).not.toContain(wire.key);
  expect(wire.promptOf(server.questions.at(-1)!)).toContain('Test "doubles"');
  const listed = await holdfast(['events', 'list', '--json', '--type', 'MODEL_CALLED'], { cwd });
  expect(listed.stdout.trim().split('\n').map((line) => JSON.parse(line).data.error === null)).toEqual([true, true, false, true]);
  expect(listed.stdout).not.toContain(wire.key);
});

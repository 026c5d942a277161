import { createAiSdkEmbedding, createAiSdkModel } from '@holdfast/context-cache/ai-sdk';
import { estimateTokens, functionSummary, moduleSummary, runSignature, taskSummary, type Answer, type AnswerModel, type AnswerRequest } from '@holdfast/context-cache';
import { MockEmbeddingModelV4, MockLanguageModelV4 } from 'ai/test';
import { assert, asyncProperty, string } from 'fast-check';
import { expect, test } from 'vitest';

const source = `import { lex } from './lexer.ts';
/** Reads text into a tree. Slowly. */
export function parse(text: string, depth = 3): Tree {
  console.log(text);
  if (depth < 0) throw new Error('too deep');
  return build(lex(text));
}
`;
const good = { purpose: 'Parses', dependencies: ['./lexer.ts'], functions: ['parse'], decisions: [], summary: 'Parses text.' };

/** Answers one after the other; an error is thrown. */
function scripted(...answers: unknown[]): AnswerModel & { readonly requests: AnswerRequest[] } {
  const requests: AnswerRequest[] = [];
  return {
    id: 'scripted',
    requests,
    answer: async (request) => {
      requests.push({ ...request, feedback: [...request.feedback] });
      const answer = answers[Math.min(requests.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

test('CTX-66 a module is summarised without a model', async () => {
  const { value, by } = await runSignature(moduleSummary, { name: 'parser', source, testResults: ['3 passed'], iterations: ['Chose recursive descent'] });

  expect(value).toEqual({
    purpose: 'Reads text into a tree.',
    dependencies: ['./lexer.ts'],
    functions: ['parse'],
    decisions: ['Chose recursive descent'],
    summary: expect.stringMatching(/^Module parser\. Reads text into a tree\.\nUses: \.\/lexer\.ts\nTests: 3 passed\nDeclares: export function parse/u),
  });
  expect(by).toBe('deterministic');
});

test('CTX-67 a function is summarised without a model: what goes in, what comes out, what else it does', async () => {
  const { value } = await runSignature(functionSummary, { name: 'parse', source: source.slice(source.indexOf('/**')), dependencies: ['lex'] });

  expect(value).toMatchObject({ purpose: 'Reads text into a tree.', inputs: 'text: string, depth = 3', outputs: 'Tree', sideEffects: ['writes to the console', 'throws'] });
  expect(estimateTokens(value.summary)).toBeLessThanOrEqual(100);
});

test('CTX-68 a task is summarised with the share of modules that passed', async () => {
  const moduleResults = [
    { module: 'lexer', passed: true },
    { module: 'parser', passed: false, note: 'deep input' },
  ];

  const { value } = await runSignature(taskSummary, { taskId: 't1', requirements: 'Write a parser', plan: 'Two modules', moduleResults });

  expect(value).toMatchObject({ goal: 'Write a parser', status: 'partly done', modules: ['lexer', 'parser'], successRate: 0.5 });
  const none = await runSignature(taskSummary, { taskId: 't2', requirements: '' });
  expect(none.value).toMatchObject({ goal: 'Task t2', status: 'not started', successRate: 0 });
});

test.each([moduleSummary, functionSummary, taskSummary])('CTX-66 CTX-67 CTX-68 every answer without a model is one that its own schema takes: %#', async ({ output, deterministic }) => {
  await assert(
    asyncProperty(string({ unit: 'binary', maxLength: 3000 }), string(), async (text, name) => {
      const input = { name, taskId: name, source: text, requirements: text, plan: '', dependencies: [text], testResults: [text], iterations: [text], moduleResults: [{ module: name, passed: true, note: text }] };
      const value = deterministic(input);
      const checked = await output['~standard'].validate(value);

      expect(checked.issues).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});

test('CTX-69 the same input gives the same answer, and costs one call', async () => {
  const model = scripted({ ...good, summary: 'first' }, { ...good, summary: 'second' });
  const answers = new Map<string, Answer<unknown>>();
  const run = async (): Promise<Answer<unknown>> => runSignature(moduleSummary, { name: 'm', source }, { model, answers });

  const first = await run();

  expect(await run()).toEqual(first);
  expect(model.requests).toHaveLength(1);
  expect(Object.keys(first.value as object)).toEqual(['purpose', 'dependencies', 'functions', 'decisions', 'summary']);
});

test('CTX-70 a model that does not answer in time is given up, and a slow one is told of', async () => {
  const silent: AnswerModel = { id: 'silent', answer: async () => new Promise(() => undefined) };
  const warnings: string[] = [];
  let clock = 0;

  const late = await runSignature(moduleSummary, { name: 'm', source }, { model: silent, timeoutMs: 5 });
  await runSignature(moduleSummary, { name: 'm', source }, { model: scripted(good), now: () => (clock += 6000), onWarning: (warning) => warnings.push(warning) });

  expect(late).toMatchObject({ by: 'fallback', problems: ['no answer within 5 ms'] });
  expect(warnings).toEqual(['Signature "module-summary" took 6000 ms, 5000 are normal']);
});

test('a caller that stops is stopped, and no answer is made up', async () => {
  const stop = new AbortController();
  const running = runSignature(moduleSummary, { name: 'm', source }, { model: { id: 'silent', answer: async () => new Promise(() => undefined) }, signal: stop.signal });
  await Promise.resolve();
  stop.abort(new Error('enough'));

  await expect(running).rejects.toThrow('enough');
});

test('CTX-71 where there is no code no model is asked', async () => {
  const model = scripted(good);

  const module = await runSignature(moduleSummary, { name: 'parser', source: '  \n' }, { model });
  const func = await runSignature(functionSummary, { name: 'parse', source: '' }, { model });

  expect([module.value.summary, func.value.summary]).toEqual(['Module parser has no code yet.', 'Function parse has no code yet.']);
  expect(model.requests).toEqual([]);
});

test('CTX-72 code with syntax errors is summarised', async () => {
  const { value } = await runSignature(moduleSummary, { name: 'broken', source: `${source}\nexport function half( {{{ "` });

  expect(value.functions).toEqual(['parse', 'half']);
});

test('CTX-73 of ten thousand lines the model sees the beginning, the end and the declarations', async () => {
  const long = Array.from({ length: 10_000 }, (_, at) => (at === 5000 ? 'export function inTheMiddle(a: number) {' : `  const line${at} = ${at};`)).join('\n');
  const model = scripted(good);

  await runSignature(moduleSummary, { name: 'long', source: long }, { model });

  const seen = (model.requests[0]!.input as { source: string }).source;
  expect(seen.length).toBeLessThanOrEqual(24_000);
  expect(seen).toContain('line0 ');
  expect(seen).toContain('line9999 ');
  expect(seen).toContain('export function inTheMiddle(a: number)');
});

test.each([
  ['in a fence', `Sure!\n\`\`\`json\n${JSON.stringify(good)}\n\`\`\``],
  ['with words around it', `Here it is: ${JSON.stringify(good)} Anything else?`],
  ['after another object', `{not json} then ${JSON.stringify(good)}`],
])('CTX-74 an answer is found %s', async (_, text) => {
  expect(await runSignature(moduleSummary, { name: 'm', source }, { model: scripted(text) })).toMatchObject({ by: 'model', value: good });
});

test('CTX-74 what is wrong with an answer goes back to the model', async () => {
  const model = scripted('no json at all', { ...good, purpose: 3 }, good);

  const { by, value, problems } = await runSignature(moduleSummary, { name: 'm', source }, { model });

  expect([by, value]).toEqual(['model', good]);
  expect(model.requests.map(({ feedback }) => feedback.length)).toEqual([0, 1, 2]);
  expect(problems).toEqual(['the answer holds no whole JSON object', expect.stringMatching(/^purpose: /u)]);
});

test('CTX-74 a model that fails or keeps answering wrongly is fallen back from, marked', async () => {
  const wrong = await runSignature(moduleSummary, { name: 'm', source }, { model: scripted('{"purpose": "cut off') });
  const down = scripted(new Error('connection refused'));
  const failed = await runSignature(moduleSummary, { name: 'm', source }, { model: down });
  const plain = await runSignature(moduleSummary, { name: 'm', source });

  expect([wrong.by, failed.by, plain.by]).toEqual(['fallback', 'fallback', 'deterministic']);
  expect(failed).toMatchObject({ value: plain.value, problems: ['connection refused', 'connection refused', 'connection refused'] });
  expect(down.requests).toHaveLength(3);
});

test('an input that the signature does not take is refused before anything is asked', async () => {
  const refused = expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_INVALID_INPUT', message: expect.stringContaining('source: ') });

  await expect(runSignature(moduleSummary, { name: 'm' })).rejects.toEqual(refused);
});

function languageModel(...texts: string[]): MockLanguageModelV4 {
  const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } };
  return new MockLanguageModelV4({
    doGenerate: texts.map((text) => ({ content: [{ type: 'text' as const, text }], finishReason: { unified: 'stop' as const, raw: 'stop' }, usage, warnings: [] })),
  });
}

test('CTX-66 CTX-74 a model of the AI SDK is asked for an object of the schema, and told what was wrong', async () => {
  const model = languageModel('I cannot', JSON.stringify({ ...good, functions: 'parse' }), JSON.stringify(good));

  const answer = await runSignature(moduleSummary, { name: 'm', source }, { model: createAiSdkModel(model) });

  expect(answer).toMatchObject({ by: 'model', value: good });
  const [first, , third] = model.doGenerateCalls;
  expect(first?.responseFormat).toMatchObject({ type: 'json', schema: { properties: { purpose: { type: 'string' } } } });
  expect(first?.temperature).toBe(0);
  expect(JSON.stringify(third?.prompt)).toContain('functions: ');
});

test('CTX-58 an embedding model of the AI SDK embeds', async () => {
  const embedding = createAiSdkEmbedding(new MockEmbeddingModelV4({ doEmbed: async ({ values }) => ({ embeddings: values.map((value) => [value.length, 1]), warnings: [] }) }));

  expect(await embedding.embed(['a', 'four'], {})).toEqual([Float32Array.of(1, 1), Float32Array.of(4, 1)]);
});

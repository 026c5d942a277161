import { createSession, type AnswerInput, type InputRequest, type Session } from '@holdfast/executor';
import { collectMessages, openTestExecutor } from '@holdfast/executor/testing';
import { expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

/** A session whose questions are answered with what `answer` says, and kept in `asked`. */
async function open(answer: AnswerInput, asked: InputRequest[] = []): Promise<Session> {
  return createSession({
    heartbeatIntervalMs: 20,
    onInput: async (request, options) => {
      asked.push(request);
      return answer(request, options);
    },
  });
}

test('EX-94 a cell asks, waits without its event loop, and goes on with the answer', async () => {
  const asked: InputRequest[] = [];
  await using session = await open(async ({ prompt }) => `${prompt} Ada`, asked);

  const result = await session.execute(`
    let turns = 0; setImmediate(() => turns++);
    const name = prompt('Who?'); const again = [1, 2].map(() => prompt('And?', { secret: true }));
    ({ name, again, turns })
  `);

  expect(result).toMatchObject({ status: 'ok', value: { name: 'Who? Ada', again: ['And? Ada', 'And? Ada'], turns: 0 } });
  expect(asked[0]).toEqual({ sessionId: session.id, executionId: result.executionId, prompt: 'Who?', secret: false });
  expect(asked[1]).toMatchObject({ secret: true });
});

test('EX-94 what was written before a question comes before it, and the end of an input is null', async () => {
  const order: string[] = [];
  await using session = await createSession({
    onOutput: ({ text }) => order.push(text),
    onInput: async ({ prompt }) => {
      order.push(prompt);
      return null;
    },
  });

  expect(await session.execute(`process.stdout.write('before'); prompt('question')`)).toMatchObject({ status: 'ok', value: null });
  expect(order).toEqual(['before', 'question']);
});

test('EX-94 heartbeats go on while a cell waits for a person', async () => {
  const answer = Promise.withResolvers<string>();
  await using session = await open(async () => answer.promise);
  using seen = collectMessages(session);

  const running = session.execute(`prompt('Well?')`);
  while (seen.ofType('input-request').length === 0) await new Promise((turn) => setImmediate(turn));
  const before = seen.ofType('heartbeat').length;
  while (seen.ofType('heartbeat').length < before + 3) await new Promise((turn) => setImmediate(turn));
  answer.resolve('yes');

  expect(await running).toMatchObject({ value: 'yes' });
});

test('EX-94 a cell that waits for a person can be cancelled: its finally runs and its variables stay', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  await using session = await open(async (_request, { signal }) => {
    asked.resolve(signal);
    return new Promise(() => undefined);
  });

  const running = session.execute(`
    let cleaned = 0; let seen;
    try { prompt('Well?') } catch (error) { seen = error.name; throw error } finally { await null; cleaned = 1; await null; cleaned = 2 }
  `);
  const signal = await asked.promise;
  await session.cancel();

  expect(await running).toMatchObject({ status: 'cancelled', cancelled: { step: 'signal', namespaceKept: true } });
  expect(signal.aborted).toBe(true);
  expect(await session.execute('[cleaned, seen]')).toMatchObject({ value: [2, 'AbortError'] });
});

test('EX-94 a question has a deadline', async () => {
  await using executor = await openTestExecutor({ inputTimeoutMs: 30, onInput: async () => new Promise(() => undefined) });

  const result = await executor.execute(`try { prompt('Well?') } catch ({ code, message }) { [code, message] }`);

  expect(result).toMatchObject({ value: ['HOLDFAST_EXECUTOR_INPUT_TIMEOUT', 'Cannot ask for input: nobody answered within 30 ms'] });
});

test.each<[string, AnswerInput | undefined, string]>([
  ['no one to ask', undefined, 'Cannot ask for input: nobody answers in this session'],
  ['one who fails', async () => Promise.reject(new Error('the terminal is gone')), 'Cannot ask for input: the terminal is gone'],
])('EX-94 a question with %s is a clear error', async (_who, onInput, message) => {
  await using executor = await openTestExecutor({ ...(onInput && { onInput }) });

  expect(await executor.execute(`try { prompt('Well?') } catch ({ code, message }) { [code, message] }`)).toMatchObject({ value: ['HOLDFAST_EXECUTOR_NO_INPUT', message] });
  expect(await executor.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('EX-94 only a running cell can ask: a timer of an older one is told so', async () => {
  const asked: InputRequest[] = [];
  await using session = await open(async () => 'never', asked);
  const late = Promise.withResolvers<string>();
  session.on('output', (output) => {
    if (output.late) late.resolve(output.text);
  });

  await session.execute(`setTimeout(() => { try { prompt('Late?') } catch ({ name, message }) { console.log(name, message) } }, 10); undefined`);

  expect(await late.promise).toBe('NotAllowedError Cannot ask for input: the cell has ended\n');
  expect(asked).toEqual([]);
});

test('EX-94 odd questions: no text, long text, other values, half a surrogate pair', async () => {
  const asked: InputRequest[] = [];
  await using session = await open(async ({ prompt }) => `${prompt.length}\uD800`, asked);

  expect(await session.execute(`[prompt(), prompt(null, null), prompt(12n, 'x'), prompt('\\uD800')]`)).toMatchObject({ value: ['0\uFFFD', '4\uFFFD', '2\uFFFD', '1\uFFFD'] });
  expect(asked.map(({ prompt }) => prompt)).toEqual(['', 'null', '12', '\uFFFD']);
  expect(await session.execute(`prompt('x'.repeat(1e6))`)).toMatchObject({ status: 'error', error: { name: 'RangeError' } });
  expect(await session.execute(`prompt(Symbol('s'))`)).toMatchObject({ status: 'ok', value: '9\uFFFD' });
});

test('EX-94 prompt is a name like any other: user code may take it', async () => {
  await using executor = await openTestExecutor();

  expect(await executor.execute('const prompt = 5; prompt')).toMatchObject({ value: 5 });
  expect(await executor.session.listNames()).toMatchObject([{ name: 'prompt', preview: '5' }]);
});

test('EX-94 a worker that dies while a person is asked lets nobody wait', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  await using session = await open(async (_request, { signal }) => {
    asked.resolve(signal);
    return new Promise(() => undefined);
  });

  const { result } = await runUntilHere(session, `console.log('here'); prompt('Well?')`);
  const signal = await asked.promise;
  process.kill(session.pid!, 'SIGKILL');

  expect(await result).toMatchObject({ status: 'error', error: { name: 'WorkerDied' } });
  expect(signal.aborted).toBe(true);
});

import { createMemoryMetrics, createSession, type SessionWarning } from '@holdfast/executor';
import { collectMessages, openTestExecutor } from '@holdfast/executor/testing';
import { expect, test } from 'vitest';

test('OPS-15 what happens is counted: cells, how they ended, what was found in them, workers, questions', async () => {
  const metrics = createMemoryMetrics();
  await using session = await createSession({ metrics, onInput: async () => 'yes' });

  await session.execute('require("fs").readFileSync("/dev/null")');
  await session.execute('const { readFileSync } = require("fs")');
  await session.execute('throw new Error("no")');
  await session.execute('prompt("?")');
  await session.execute('for (;;) {}', { timeoutMs: 20 });
  await session.close();

  expect(Object.fromEntries(metrics.counters)).toMatchObject({
    executions: 5,
    'executions.ok': 3,
    'executions.error': 1,
    'executions.cancelled': 1,
    'cancellations.terminate': 1,
    'analysis.detectedBlockingImport': 2,
    'analysis.detectedBlockingCall': 2,
    'cache.miss': 5,
    'questions.input': 1,
    'workers.started': 1,
    'workers.ended': 1,
  });
  expect(metrics.distributions.get('executions.durationMs')).toMatchObject({ count: 5 });
});

test('EX-100 OPS-16 a blocking call is a structured warning, where that is wished', async () => {
  const warnings: SessionWarning[] = [];
  await using session = await createSession({ blocking: { warn: true }, onWarning: (warning) => warnings.push(warning) });

  const { executionId } = await session.execute('const a = 1;\n  require("fs").readFileSync("/dev/null")');

  expect(warnings).toEqual([{ sessionId: session.id, suppressed: 0, executionId, kind: 'blocking-call', name: 'fs.readFileSync', line: 2, column: 3 }]);
});

test('EX-100 nobody is warned of blocking calls unless it is wished', async () => {
  const warnings: SessionWarning[] = [];
  await using session = await createSession({ onWarning: (warning) => warnings.push(warning) });

  await session.execute('require("fs").readFileSync("/dev/null")');

  expect(warnings).toEqual([]);
});

test.each(['let _ = 1', 'const In = []', 'class Out {}', 'import _i from "node:path"'])('NS-29 %j hides a name of the engine, which is said and not done in silence', async (code) => {
  const warnings: SessionWarning[] = [];
  await using session = await createSession({ onWarning: (warning) => warnings.push(warning) });
  const name = /_i\b|_|In|Out/u.exec(code)![0];

  const { status, notes } = await session.execute(code);

  expect({ status, notes }).toEqual({ status: 'ok', notes: [`"${name}" is the cell's own from now on and hides what the engine keeps under that name`] });
  expect(warnings).toMatchObject([{ kind: 'hidden-internal', name }]);
});

test('NS-29 an assignment to a name of the engine holds until the next result, and is nothing to warn of', async () => {
  const warnings: SessionWarning[] = [];
  await using session = await createSession({ onWarning: (warning) => warnings.push(warning) });

  expect(await session.execute('_ = 5; var __ = 6; undefined')).not.toHaveProperty('notes');
  expect(await session.execute('_')).toMatchObject({ value: 5 });
  expect(await session.execute('7')).toMatchObject({ value: 7 });
  expect(await session.execute('_')).toMatchObject({ value: 7 });
  expect(warnings).toEqual([]);
});

test('EX-28 an error says which execution it is of and how its source begins; the error itself is untouched', async () => {
  await using executor = await openTestExecutor({ snippetCharacters: 20 });

  const { error } = await executor.execute(`const thrown = new Error('as it was'); throw thrown // and more`);
  const again = await executor.execute('thrown.message + Object.keys(thrown).length');

  expect(error).toMatchObject({ message: 'as it was', notes: ['execution test-exec', 'code: const thrown = new E…'] });
  expect(again).toMatchObject({ value: 'as it was0' });
});

test('EX-28 notes that are there already are kept, and a cell without text adds none', async () => {
  await using executor = await openTestExecutor({ snippetCharacters: 0 });

  const { error } = await executor.execute(`process.kill(process.pid, 'SIGKILL'); for (;;) {}`);

  expect(error?.notes.at(-1)).toBe('code: …');
  expect(error?.notes.at(-2)).toBe('execution test-exec');
});

test('EX-78 EX-86 a cancellation carries who asked for it and when through to the worker, is counted, and is noted in the result', async () => {
  const metrics = createMemoryMetrics();
  await using session = await createSession({ metrics });
  using seen = collectMessages(session);

  const began = Promise.withResolvers<void>();
  const running = session.execute(`console.log('here'); await new Promise(() => {})`, { onOutput: () => began.resolve() });
  await began.promise;
  await Promise.all([session.cancel({ by: 'Ada' }), session.cancel({ by: 'Bob' })]);
  const result = await running;

  expect(result).toMatchObject({ cancelled: { by: 'Ada' }, notes: [expect.stringMatching(/^cancelled by Ada after \d+ ms, ended \d+ ms later$/u)] });
  expect(seen.ofType('cancelled')).toMatchObject([{ by: 'Ada', step: 'signal' }]);
  expect(metrics.counters.get('cancellations.signal')).toBe(1);
});

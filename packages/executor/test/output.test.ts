import { createSession, type Session, type SessionOutput } from '@holdfast/executor';
import { afterAll, beforeAll, expect, test } from 'vitest';

const heard: SessionOutput[] = [];
let onHeard: (output: SessionOutput) => void = () => undefined;
let session: Session;
beforeAll(async () => {
  session = await createSession({
    maxOutputCharacters: 10_000_000,
    onOutput: (output) => {
      heard.push(output);
      onHeard(output);
    },
  });
});
afterAll(async () => session.close());

/** Settles with the first output of the session that is like this; asked before the cell that writes it. */
async function nextOutput(isLike: (output: SessionOutput) => boolean): Promise<SessionOutput> {
  return new Promise((resolve) => {
    onHeard = (output) => {
      if (isLike(output)) resolve(output);
    };
  });
}

test('EX-87 PRO-17 C39 all output comes before the result and is not late', async () => {
  const streamed: SessionOutput[] = [];

  const result = await session.execute('for (let index = 0; index < 200; index += 1) console.log(index)', { onOutput: (output) => streamed.push(output) });
  const textAtTheEnd = streamed.map(({ text }) => text).join('');

  expect(result.stdout).toBe(Array.from({ length: 200 }, (_, index) => `${index}\n`).join(''));
  expect(textAtTheEnd).toBe(result.stdout);
  expect(streamed.every(({ late, executionId }) => !late && executionId === result.executionId)).toBe(true);
});

test('EX-87 100,000 lines come whole and in order', { timeout: 20_000 }, async () => {
  const { stdout, truncated } = await session.execute('for (let index = 0; index < 100_000; index += 1) console.log(`line ${index}`)');

  const lines = stdout.split('\n');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(100_000);
  expect(lines.findIndex((line, index) => line !== `line ${index}`)).toBe(-1);
  expect(truncated).toBeUndefined();
});

test('one write larger than the ring comes whole', async () => {
  const { stdout } = await session.execute("process.stdout.write('x'.repeat(3_000_000)); undefined");

  expect(stdout.length).toBe(3_000_000);
});

test('views of bytes are written as bytes, and anything else is a TypeError', async () => {
  expect(await session.execute("process.stdout.write(new Uint16Array([0x6968])); process.stdout.write(''); undefined")).toMatchObject({ stdout: 'hi' });
  expect(await session.execute('process.stdout.write(5 as never)')).toMatchObject({ status: 'error', error: { name: 'TypeError', span: { line: 1, column: 16 } } });
});

test('C41 standard output and standard error keep their order', async () => {
  const streamed: string[] = [];

  await session.execute("for (const index of [0, 1, 2]) { process.stdout.write(`o${index}`); process.stderr.write(`e${index}`) }", {
    onOutput: ({ text }) => streamed.push(text),
  });

  expect(streamed.join('')).toBe('o0e0o1e1o2e2');
});

test('C59 C60 output streams while the cell runs, also while it blocks', async () => {
  const first = nextOutput(({ text }) => text === 'first\n');
  const running = session.execute("console.log('first'); for (;;) {}");

  expect(await first).toMatchObject({ stream: 'stdout', late: false });
  await session.cancel();
  await running;
});

test('a character that is cut between two writes comes whole', async () => {
  const { stdout } = await session.execute(
    "const bytes = Buffer.from('a€😀z'); for (const byte of bytes) { process.stdout.write(Buffer.of(byte)); await new Promise((settle) => setImmediate(settle)) }",
  );

  expect(stdout).toBe('a€😀z');
});

test('C38 what a timer writes after the end is late and belongs to its execution', async () => {
  const late = nextOutput(({ text }) => text.includes('from the timer'));
  const first = await session.execute(`
    let go, fire;
    const fired = new Promise((settle) => { fire = settle });
    new Promise((settle) => { go = settle }).then(() => setTimeout(() => { console.log('from the timer'); fire() }, 1));
    1`);
  const second = await session.execute('go(); await fired; 2', { executionId: 'the next cell' });

  expect(await late).toMatchObject({ executionId: first.executionId, late: true, stream: 'stdout' });
  expect(first.stdout).toBe('');
  expect(second.stdout).toBe('');
});

test('C42 what a child process writes is heard', async () => {
  const hi = nextOutput(({ text }) => text.includes('hi from a child'));

  await session.execute("require('node:child_process').execSync('echo hi from a child', { stdio: 'inherit' })");

  expect(await hi).toMatchObject({ stream: 'stdout' });
});

test('EX-93 C35 C36 a rejection that nobody handles is reported, and the session lives', async () => {
  const during = await session.execute("Promise.reject(new Error('e93')); await new Promise((settle) => setTimeout(settle, 5))");
  expect(during).toMatchObject({ status: 'ok', stderr: expect.stringMatching(/^Unhandled rejection: Error: e93\n {4}at cell-\d+\.ts:1:16\n$/u) });

  const report = nextOutput(({ text }) => text.includes('e93 late'));
  const { executionId } = await session.execute("let reject; new Promise((settle) => { reject = settle }).then(() => setTimeout(() => { Promise.reject(new Error('e93 late')) }, 1)); 1");
  await session.execute('reject()');
  expect(await report).toMatchObject({ executionId, late: true, stream: 'stderr' });
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('EX-93 C37 an exception in a timer is reported, and the session lives', async () => {
  const report = nextOutput(({ text }) => text.includes('e37'));

  const { executionId } = await session.execute("let fail; new Promise((settle) => { fail = settle }).then(() => setTimeout(() => {\n throw new TypeError('e37') }, 1)); 1");
  await session.execute('fail()');

  expect(await report).toMatchObject({ executionId, late: true, stream: 'stderr', text: expect.stringMatching(/^Uncaught exception: TypeError: e37\n {4}at Timeout\._onTimeout \(cell-\d+\.ts:2:8\)\n$/u) });
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('EX-98 C48 process.exit ends the cell with its code, and the session lives', async () => {
  await session.execute('const kept48 = 48');

  const result = await session.execute("console.log('before'); try { process.exit(3) } finally { console.log('no finally') }");

  expect(result).toMatchObject({ status: 'ok', value: null, exitCode: 3, stdout: 'before\n' });
  expect(await session.execute('[kept48, _exit_code]')).toMatchObject({ status: 'ok', value: [48, 3] });
});

test('EX-98 process.exit after an await, and without a code', async () => {
  expect(await session.execute('await new Promise((settle) => setTimeout(settle, 1)); process.exit()')).toMatchObject({ status: 'ok', exitCode: 0 });
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('EX-98 process.exitCode is the exit code of its cell only', async () => {
  expect(await session.execute('process.exitCode = 4; 5')).toMatchObject({ status: 'ok', value: 5, exitCode: 4 });
  expect(await session.execute('6')).not.toHaveProperty('exitCode');
});

test('a result holds output up to its limit and says so; the stream is whole', async () => {
  await using small = await createSession({ maxOutputCharacters: 10 });
  let streamed = '';

  const result = await small.execute("console.log('0123456789abcdef')", { onOutput: ({ text }) => (streamed += text) });

  expect(result).toMatchObject({ stdout: '0123456789', truncated: true });
  expect(streamed).toBe('0123456789abcdef\n');
});

test('the console keeps its state from cell to cell, and is the console of Node', async () => {
  await session.execute("console.group('outer'); console.count('cells')");

  const { stdout } = await session.execute("console.log('%s of %d', 'inner', 2); console.count('cells'); console.table([{ a: 1 }]); console.groupEnd(); console.log(console.log.name)");

  expect(stdout).toContain('  inner of 2\n  cells: 2\n');
  expect(stdout).toContain('│ (index) │ a │');
  expect(stdout).toMatch(/\nlog\n$/u);
});

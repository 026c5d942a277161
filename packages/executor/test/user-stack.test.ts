import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, expect, test } from 'vitest';

let session: Session;
beforeAll(async () => {
  session = await createSession();
});
afterAll(async () => session.close());

/** The frames of `error.stack` as user code reads it, as `name file:line:column`. */
const framesOf = '(error) => error.stack.split("\\n").filter((line) => line.startsWith("    at ")).map((line) => line.slice(7))';

async function stackIn(code: string, filename: string): Promise<unknown> {
  const { value, error } = await session.execute(code.replace('FRAMES', framesOf), { filename });
  return error ?? value;
}

test.each<[what: string, code: string, frames: readonly string[]]>([
  ['on the first line', '(FRAMES)(new Error("here"))', [`a.ts:1:${framesOf.length + 4}`]],
  ['behind an await', 'await 0; await (1, 2); var e1 = new Error("here"); (FRAMES)(e1)', ['a.ts:1:33']],
  ['in a cell that declares again', 'var e2 = 0; const c2 = new Error("here"); (FRAMES)(c2)', ['a.ts:1:24']],
  ['behind an import of several lines', 'import {\n  sep,\n  join,\n} from "node:path"; const c3 = new Error(sep); (FRAMES)(c3)', ['a.ts:4:32']],
  ['behind an enum', 'enum Kind { A,\n  B }\nconst c4: Error = new Error("here"); (FRAMES)(c4)', ['a.ts:3:19']],
  ['in a function, with its caller', 'function f5() { return new Error("here") } const c5 = f5(); (FRAMES)(c5)', ['f5 (a.ts:1:24)', 'a.ts:1:55']],
  ['in an object that is a cell', '{ stack: new Error("here").stack.split("\\n")[1] }.stack.split(" ").slice(-1)', ['a.ts:1:10']],
  ['of an await of a function', 'async function f6() { await 0; throw new Error("here") } await f6().catch(FRAMES)', ['f6 (a.ts:1:38)']],
  ['in eval', '(FRAMES)(eval("new Error(1)"))', ['eval (eval at <anonymous> (a cell), <anonymous>:1:1)', 'a.ts:1:PLACE']],
])('EX-35 user code reads its own places: %s', async (_what, code, frames) => {
  const place = String(framesOf.length + 4);

  expect(await stackIn(code, 'a.ts')).toEqual(frames.map((each) => each.replace('PLACE', place)));
});

test('EX-35 frames of other cells have their places, and none is of the engine', async () => {
  await session.execute('await 0; const thrower = (run: () => never) => { run() }', { filename: 'src/first cell.ts' });

  expect(await stackIn('await 0; let c8; try { thrower(() => { throw new Error("here") }) } catch (error) { c8 = error } (FRAMES)(c8)', 'second.ts')).toEqual([
    'second.ts:1:46',
    'thrower (src/first cell.ts:1:50)',
    'second.ts:1:24',
  ]);
});

test.each(['foo (1).ts', '(draft)/a b.ts', 'a).ts', 'f(x', 'async (g).ts'])('EX-35 a cell may stand for a file with parentheses in its name: %s', async (filename) => {
  const { error } = await session.execute("const thrown = { 'of (two) words'() {\n throw new Error('here') } }['of (two) words']; thrown()", { filename });

  expect(error).toMatchObject({ span: { file: filename, line: 2, column: 8 }, stack: `Error: here\n    at of (two) words (${filename}:2:8)\n    at ${filename}:2:49` });
  expect(await stackIn('await 0; const c11 = new Error("here"); (FRAMES)(c11)', filename)).toEqual([`${filename}:1:22`]);
  expect(await session.execute('const = 1', { filename })).toMatchObject({ error: { span: { file: filename, line: 1, column: 7 } } });
});

test('EX-35 an assignment to a constant stands where it was written', async () => {
  expect(await stackIn('const fixed = 1; let c9; try { fixed = 2 } catch (error) { c9 = error } (FRAMES)(c9)', 'a.ts')).toEqual(['a.ts:1:38']);
});

test('EX-35 what user code makes of frames by itself gets the same places', async () => {
  const { value } = await session.execute(`await 0;
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = (error, frames) => frames.map((each) => [each.getFileName(), each.getLineNumber(), each.getColumnNumber(), String(each), each.isEval()]);
    const own = new Error('here').stack;
    Error.prepareStackTrace = before;
    [own, new Error('after').stack]`, { filename: 'own.ts' });

  expect(value).toEqual([[['own.ts', 4, 17, 'own.ts:4:17', false]], 'Error: after\n    at own.ts:6:11']);
});

test('EX-35 thousands of stacks take no time that matters, and a message that looks like a frame stays', async () => {
  const { value } = await session.execute('let all = 0; for (let index = 0; index < 20_000; index += 1) all += new Error("x").stack!.length; all > 0');
  expect(value).toBe(true);

  expect((await session.execute('await 0; new Error("two\\n    at cell-1.ts:1:99").stack', { filename: 'a.ts' })).value).toBe('Error: two\n    at cell-1.ts:1:99\n    at a.ts:1:10');
});

test('EX-35 a stack that is read while the cell is stopped loses neither the cell nor the session', async () => {
  const { cancelled } = await session.execute('for (;;) { const named = { [Math.random()]: () => new Error("x").stack }; Object.values(named)[0]!() }', { timeoutMs: 60 });

  expect(cancelled).toMatchObject({ step: 'terminate', namespaceKept: true });
  expect(await stackIn('await 0; const c10 = new Error("here"); (FRAMES)(c10)', 'a.ts')).toEqual(['a.ts:1:22']);
});

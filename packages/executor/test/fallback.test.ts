import { Session } from 'node:inspector/promises';
import type { Runtime } from 'node:inspector';
import { createContext } from 'node:vm';
import { replCases } from '@holdfast/executor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { learnNames, type KnownName } from '../src/analysis/known-names.ts';
import { LineIndex } from '../src/analysis/line-index.ts';
import { CellCompiler, type CompiledCell } from '../src/engine/compile-cell.ts';
import type { FallbackUse } from '../src/engine/fallback.ts';
import { hostObjectName } from '../src/engine/host-object.ts';

const host = {
  begin: async () => undefined,
  end: async (value: unknown) => value,
  guard: async (value: unknown) => await value,
  iterate: (iterable: unknown) => iterable,
  load: async (specifier: string) => (await import(specifier)) as object,
  link: async (specifier: string) => (await import(specifier)) as object,
};

const inspector = new Session();
/** Kept alive: the inspector alone does not. */
const contexts: object[] = [];
let newestContext = 0;
beforeAll(async () => {
  inspector.connect();
  inspector.on('Runtime.executionContextCreated', ({ params }) => {
    newestContext = params.context.id;
  });
  await inspector.post('Runtime.enable');
});
afterAll(() => {
  inspector.disconnect();
});

interface Evaluated {
  readonly value?: unknown;
  /** The error, and the first place of it in the user's source. */
  readonly error?: string;
  readonly place?: { readonly line: number; readonly column: number };
}

/** Cells of one session, with names of its own, each evaluated as its compiler says. */
function startCells(fallback: FallbackUse) {
  const known = new Map<string, KnownName>();
  const compiler = new CellCompiler({ fallback });
  contexts.push(createContext({ [hostObjectName]: host }));
  const contextId = newestContext;
  let ordinal = 0;

  async function run(code: string): Promise<Evaluated & Pick<CompiledCell, 'isWrapped'>> {
    const filename = `${fallback}-${(ordinal += 1)}.js`;
    const compiled = compiler.compile({ code, language: 'javascript', filename, ordinal }, known);
    // The types of Node forget that this answers.
    const { result, exceptionDetails } = (await inspector.post('Runtime.evaluate', {
      expression: compiled.expression,
      replMode: fallback !== 'always',
      awaitPromise: true,
      contextId,
    })) as unknown as Runtime.EvaluateReturnType;
    learnNames(known, compiled);
    const { isWrapped } = compiled;
    if (!exceptionDetails) return { isWrapped, value: await valueOf(result) };
    const error = exceptionDetails.exception?.description ?? '';
    const [, line, column] = new RegExp(`${filename}:(\\d+):(\\d+)`, 'u').exec(error) ?? [];
    return {
      isWrapped,
      error: error.split('\n')[0] ?? '',
      ...(line !== undefined && { place: compiled.sourcePosition({ line: Number(line), column: Number(column) }) }),
    };
  }
  return { run, metrics: compiler.metrics };
}

async function valueOf({ objectId, value }: Runtime.RemoteObject): Promise<unknown> {
  if (objectId === undefined) return value;
  const plain = await inspector.post('Runtime.callFunctionOn', { objectId, functionDeclaration: 'function () { return this }', returnByValue: true });
  return plain.result.value;
}

test('EX-43 C55 a return at the top level is refused unless it is wished', () => {
  const compiled = new CellCompiler().compile({ code: 'return 5', language: 'javascript', filename: 'cell.js', ordinal: 1 }, new Map());

  expect(compiled).toMatchObject({ isWrapped: false, mode: 'unknown' });
});

test('EX-23 the wrapper is used for nothing of the normal corpus', () => {
  const compiler = new CellCompiler();
  const isWrapped = replCases.flatMap(({ cells, language = 'typescript' }) =>
    cells.map((code) => {
      try {
        return compiler.compile({ code, language, filename: 'cell.ts', ordinal: 1 }, new Map()).isWrapped;
      } catch {
        return false; // TypeScript that is wrong, on purpose
      }
    }),
  );

  expect(isWrapped.length).toBeGreaterThan(100);
  expect(new Set(isWrapped)).toEqual(new Set([false]));
  expect(compiler.metrics.fallbackUsed).toBe(0);
});

test('EX-23 only a cell that needs the wrapper gets it', async () => {
  const { run, metrics } = startCells('return');

  expect(await run('1 + 1')).toEqual({ isWrapped: false, value: 2 });
  expect(await run('return 1 + 1')).toEqual({ isWrapped: true, value: 2 });
  expect(await run('let = = 1; return 2')).toMatchObject({ isWrapped: false, error: expect.stringMatching(/^SyntaxError/u) as string });
  expect(metrics.fallbackUsed).toBe(1);
});

describe.each<FallbackUse>(['return', 'always'])('EX-43 the wrapper, used %s', (fallback) => {
  /** Makes a cell need the wrapper, and changes nothing else. */
  const wrapped = (code: string): string => (fallback === 'return' ? `if (globalThis.never) return; ${code}` : code);

  test.each([
    ['1 + 1', 2],
    ['await Promise.resolve(3)', 3],
    ['let a = 1; a += 1; a', 2],
    ['if (true) return 4; 5', 4],
    ['await 0; return 6', 6],
    ['"only a text"', 'only a text'],
    ['f(); function f() { return 1 } f() + 1', 2],
    ['({ a: 1 })', { a: 1 }],
    ['5 // the end', 5],
    ['for await (const x of [1, 2]) if (x > 1) return x', 2],
  ])('EX-22 EX-37 %s', async (code, value) => {
    expect(await startCells(fallback).run(wrapped(code))).toEqual({ isWrapped: true, value });
  });

  test('EX-26 EX-39 what a cell binds is handed back, whichever way it ends', async () => {
    const { run } = startCells(fallback);

    await run(wrapped('let w1 = 1; const w2 = [2]; var w3 = 3; function w4() { return 4 } class w5 { static n = 5 } import { sep as w6 } from "node:path"'));
    expect(await run('[w1, w2[0], w3, w4(), w5.n, w6]')).toMatchObject({ value: [1, 2, 3, 4, 5, '/'] });
    await run('w1 = 10; if (w1 > 1) { w3 = 30; return } w3 = 300');
    expect(await run('[w1, w3]')).toMatchObject({ value: [10, 30] });
    expect(await run(wrapped('let w7 = 7; throw new Error("stop"); let w8'))).toMatchObject({ error: 'Error: stop' });
    expect(await run('[w7, typeof w8]')).toMatchObject({ value: [7, 'undefined'] });
  });

  test('EX-39 a name is declared again, and one that was not reached keeps what it held', async () => {
    const { run } = startCells(fallback);

    await run('let v1 = 1; var v2 = 2');
    await run(wrapped('const v1 = 11; let v2 = 22'));
    expect(await run('[v1, v2]')).toMatchObject({ value: [11, 22] });
    expect(await run(wrapped('v1 = 5'))).toMatchObject({ error: 'TypeError: Assignment to constant variable.' });
    await run('return; let v1 = 111');
    expect(await run('v1')).toMatchObject({ value: 11 });
  });

  test('EX-38 statements run in their order', async () => {
    const { run } = startCells(fallback);

    await run('var order = []');
    await run(wrapped('order.push(typeof late); var late = 1; order.push(late); function hoisted() {} order.push(typeof hoisted)'));
    expect(await run('order')).toMatchObject({ value: ['undefined', 1, 'function'] });
  });
});

describe('EX-40 an error has the place that it has without the wrapper', () => {
  test.each<[string, number, number]>([
    ['throw new Error("a")', 1, 7],
    ['let a = 1; missing()', 1, 12],
    ['let a = 1;\n\n  missing()', 3, 3],
    ['function f() {\n  missing()\n}\nf()', 2, 3],
    ['await 0;\nawait Promise.reject(new Error("b"))', 2, 22],
    ['const c = 1;\nc = 2', 2, 3],
    ['"use strict"; missing()', 1, 15],
  ])('%s', async (code, line, column) => {
    const [plain, wrapped] = [await startCells('never').run(code), await startCells('always').run(code)];

    expect(plain).toMatchObject({ isWrapped: false, place: { line, column } });
    expect(wrapped).toEqual({ ...plain, isWrapped: true });
  });
});

test('EX-37 EX-40 lines stay the lines they are', () => {
  const code = 'let a = 1\n\nreturn a';
  const { expression, sourcePosition } = new CellCompiler({ fallback: 'return' }).compile({ code, language: 'javascript', filename: 'cell.js', ordinal: 1 }, new Map());
  const index = new LineIndex(expression);

  for (const mark of ['let a = 1', 'return a']) {
    expect(index.position(expression.lastIndexOf(mark)).line).toBe(new LineIndex(code).position(code.indexOf(mark)).line);
    expect(sourcePosition(index.position(expression.lastIndexOf(mark)))).toEqual(new LineIndex(code).position(code.indexOf(mark)));
  }
});

test('EX-41 EX-42 EX-48 the wrapper changes nothing inside the cell', () => {
  const code = 'function f() { return 1 }\nconst g = () => 2\nimport_later()\nreturn f';
  const { expression } = new CellCompiler({ fallback: 'return' }).compile({ code, language: 'javascript', filename: 'cell.js', ordinal: 1 }, new Map());

  expect(expression).toContain(code);
});

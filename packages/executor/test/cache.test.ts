import { expect, test } from 'vitest';
import { createExecutorMetrics } from '../src/analysis/metrics.ts';
import { parseCell } from '../src/analysis/parse.ts';
import { cacheKey, CellCache, defaultCacheSize, parseCacheSize } from '../src/cache/cell-cache.ts';
import { LruCache } from '../src/cache/lru.ts';
import { CellCompiler } from '../src/engine/compile-cell.ts';
import { createCellReader, type CellReading } from '../src/engine/read-cell.ts';
import { stripTypes } from '../src/engine/strip-types.ts';

test('EX-67 a full cache lets go of what was not used for longest, and reading is using', () => {
  const cache = new LruCache<string, number>(3);
  for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index);

  expect(cache.get('a')).toBe(0);
  cache.set('d', 3);
  expect(cache.keys()).toEqual(['c', 'a', 'd']);
  cache.set('c', 9);
  cache.set('e', 4);
  expect(cache.keys()).toEqual(['d', 'c', 'e']);
  expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([undefined, undefined, 9, 3]);
});

test('EX-67 the same uses let go of the same entries', () => {
  expect(keysAfter(1)).toEqual(keysAfter(1));
  expect(keysAfter(1)).toHaveLength(5);
});

test('EX-70 a cache of size 0 keeps nothing, and a size that is none is refused', () => {
  const cache = new LruCache<string, number>(0);
  cache.set('a', 1);

  expect([cache.get('a'), cache.size]).toEqual([undefined, 0]);
  for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => new LruCache(size)).toThrow(RangeError);
});

test('EX-67 an emptied cache holds nothing', () => {
  const cache = new LruCache<string, number>(2);
  cache.set('a', 1);
  cache.clear();

  expect(cache.size).toBe(0);
});

test('EX-70 a size comes from the environment as text; what is no size is the default, with a warning', () => {
  const warnings: string[] = [];
  const parse = (text?: string): number => parseCacheSize(text, (message) => warnings.push(message));

  expect([parse(), parse(''), parse('0'), parse(' 64 ')]).toEqual([defaultCacheSize, defaultCacheSize, 0, 64]);
  expect(warnings).toEqual([]);
  expect([parse('-1'), parse('many'), parse('1.5')]).toEqual([128, 128, 128]);
  expect(warnings[0]).toBe('Ignored the cache size "-1": expected an integer from 0');
});

test('EX-68 EX-69 EX-73 a text, its form and its flags make the key', () => {
  const key = { source: 'a = 1', form: 'statements', flags: ['javascript'] } as const;

  expect(cacheKey(key)).toMatch(/^[0-9a-f]{64}\|statements\|javascript$/u);
  expect(cacheKey({ ...key })).toBe(cacheKey(key));
  for (const other of [{ source: 'a = 2' }, { source: 'a = 1 ' }, { form: 'value' }, { form: 'body' }, { flags: ['typescript'] }, { flags: [] }] as const) {
    expect(cacheKey({ ...key, ...other })).not.toBe(cacheKey(key));
  }
});

/** The keys that a cache holds after uses drawn from a seed. */
function keysAfter(seed: number): readonly number[] {
  const cache = new LruCache<number, number>(5);
  let random = seed;
  for (let step = 0; step < 500; step += 1) {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    if (cache.get(random % 12) === undefined) cache.set(random % 12, step);
  }
  return cache.keys();
}

/** A compiler whose steps are written down. */
function watchedCompiler(cacheSize?: number) {
  const steps: string[] = [];
  const metrics = createExecutorMetrics();
  const cache = new CellCache<CellReading>(cacheSize);
  const reader = createCellReader({
    cache,
    metrics,
    strip: (source) => {
      steps.push(`strip ${source}`);
      return stripTypes(source);
    },
    parse: (source) => {
      steps.push(`parse ${source}`);
      return parseCell(source);
    },
  });
  const compiler = new CellCompiler({ reader, metrics });
  let ordinal = 0;
  const compile = (code: string, language: 'typescript' | 'javascript' = 'typescript') =>
    compiler.compile({ code, language, filename: 'cell.ts', ordinal: (ordinal += 1) }, new Map());
  return { steps, metrics, cache, compile };
}

test('EX-69 EX-74 a cell that comes again is neither stripped nor parsed again', () => {
  const { steps, metrics, compile } = watchedCompiler();

  const first = compile('let a: 1 = 1');
  const second = compile('let a: 1 = 1');

  expect(steps).toEqual(['parse let a: 1 = 1', 'strip let a: 1 = 1', 'parse let a    = 1']);
  expect(metrics).toMatchObject({ cacheHit: 1, cacheMiss: 1 });
  expect(first.expression).toContain('begin(1, "let a: 1 = 1", "cell.ts");let a    = 1');
  expect(second.expression).toContain('begin(2, "let a: 1 = 1", "cell.ts");let a    = 1');
});

test('EX-69 what the names are is no part of a kept cell', () => {
  const cache = new CellCache<CellReading>();
  const compiler = new CellCompiler({ reader: createCellReader({ cache }) });
  const cell = { code: 'a = 1', language: 'javascript', filename: 'cell.js', ordinal: 1 } as const;

  expect(compiler.compile(cell, new Map()).expression).toContain('a = 1');
  expect(compiler.compile(cell, new Map([['a', { keyword: 'let', isConstant: true }]])).expression).not.toContain('end((a = 1');
  expect(cache.size).toBe(1);
});

test('EX-73 another language is another cell, and a value is no block', () => {
  const { steps, compile } = watchedCompiler();

  compile('a');
  compile('a', 'javascript');
  expect(steps).toEqual(['parse a', 'parse a']);
  expect(compile('{ b: 1 }').expression).toContain('({ b: 1 }\n)');
  expect(compile('{ b: 1 };').expression).toContain('{ b: 1 };');
  expect(compile('{ b: 1 }').expression).toContain('({ b: 1 }\n)');
});

test('EX-74 a block that comes again is not tried as a value again', () => {
  const { steps, compile } = watchedCompiler();
  compile('{ let c = 1 }');
  const tried = steps.length;
  compile('{ let c = 1 }');

  expect(steps).toHaveLength(tried);
});

test('EX-71 a cell that does not parse is not kept', () => {
  const { metrics, cache, compile } = watchedCompiler();

  expect(() => compile('let a: = 1')).toThrow(SyntaxError);
  compile('let = = 1', 'javascript');
  compile('let = = 1', 'javascript');

  expect(cache.size).toBe(0);
  expect(metrics).toMatchObject({ cacheHit: 0, cacheMiss: 3 });
});

test('EX-70 a compiler with a cache of size 0 reads every cell', () => {
  const { steps, compile } = watchedCompiler(0);
  compile('a', 'javascript');
  compile('a', 'javascript');

  expect(steps).toEqual(['parse a', 'parse a']);
});

test('EX-74 a kept cell gives the same places', () => {
  const { compile } = watchedCompiler();
  const places = [compile('enum E { A }\nhere()'), compile('enum E { A }\nhere()')].map(({ sourcePosition }) => sourcePosition({ line: 5, column: 1 }));

  expect(places[0]).toEqual(places[1]);
});

test('EX-34 a cell that is JavaScript is not stripped, unless types could make it mean something else', () => {
  const { steps, compile } = watchedCompiler();

  for (const code of ['const f = (a, b) => a >= b', 'f<string>(1)', 'f<(a: 1) => 2>(3)', 'let t = a<b\n> c', 'for (let i = 0; i < 3; i++) g(() => i)']) compile(code);

  expect(steps.filter((step) => step.startsWith('strip'))).toEqual(['strip f<string>(1)', 'strip f<(a: 1) => 2>(3)', 'strip let t = a<b\n> c']);
});

import { describe, expect, test } from 'vitest';
import { findBlocking } from '../src/analysis/blocking.ts';
import { defaultBlocking, resolveBlockingOptions, type BlockingOptions, type BlockingWarning } from '../src/analysis/blocking-options.ts';
import { learnNames, type KnownName } from '../src/analysis/known-names.ts';
import { createExecutorMetrics } from '../src/analysis/metrics.ts';
import { parseCell } from '../src/analysis/parse.ts';
import { CellCompiler } from '../src/engine/compile-cell.ts';
import { blockingCells, otherCells } from './blocking-corpus.ts';

function analyse(code: string, options: BlockingOptions = {}) {
  return findBlocking(parseCell(code)!, new Map(), resolveBlockingOptions(options));
}

function topLevelCalls(code: string, options: BlockingOptions = {}): readonly string[] {
  return analyse(code, options)
    .calls.filter(({ runsAtTopLevel }) => runsAtTopLevel)
    .map(({ name }) => name);
}

function missesChain(code: string): boolean {
  return analyse(code).missed.length > 0;
}

/** Compiles cells of one session and says what each did. */
function runCells(cells: readonly string[], options: BlockingOptions = {}) {
  const known = new Map<string, KnownName>();
  const metrics = createExecutorMetrics();
  const compiler = new CellCompiler({ metrics, blocking: resolveBlockingOptions(options) });
  const modes = cells.map((code, index) => {
    const compiled = compiler.compile({ code, language: 'javascript', filename: 'cell.js', ordinal: index + 1 }, known);
    learnNames(known, compiled);
    return compiled.mode;
  });
  return { modes, metrics };
}

test('the corpus is large enough to mean something', () => {
  expect(blockingCells.length).toBeGreaterThanOrEqual(60);
  expect(otherCells.length).toBeGreaterThanOrEqual(60);
});

test.each([...blockingCells])('EX-13 EX-14 EX-15 EX-16 EX-18 blocks: %s', (code) => {
  expect(topLevelCalls(code)).not.toEqual([]);
});

test.each([...otherCells])('EX-17 EX-101 does not block: %s', (code) => {
  expect(topLevelCalls(code)).toEqual([]);
});

test('EX-99 EX-101 no chain of the blocking corpus is missed, and the other corpus holds the few that nobody could follow', () => {
  expect(blockingCells.filter(missesChain)).toEqual([]);
  expect(otherCells.filter(missesChain).length).toBeLessThanOrEqual(1);
});

describe('names of earlier cells', () => {
  test.each<[string, ...string[]]>([
    ['an import', `import { readFileSync } from 'fs'`, `readFileSync('a')`],
    ['a namespace import under another name', `import * as files from 'node:fs'`, `files.readFileSync('a')`],
    ['a require', `const fs = require('fs')`, `const read = fs.readFileSync`, `read('a')`],
    ['a database', `import { DatabaseSync } from 'node:sqlite'`, `const db = new DatabaseSync(':memory:')`, `db.prepare('select 1').all()`],
    ['a statement', `import { DatabaseSync } from 'node:sqlite'`, `const all = new DatabaseSync(':memory:').prepare('select 1')`, `all.all()`],
    ['an assignment of a later cell', `let fs`, `fs = require('fs')`, `fs.readFileSync('a')`],
  ])('EX-15 EX-18 %s is followed into later cells', (_title, ...cells) => {
    expect(runCells(cells).modes.at(-1)).toBe('blocking_sync');
  });

  test.each<[string, ...string[]]>([
    ['an object', `const fs = { readFileSync() {} }`, `fs.readFileSync('a')`],
    ['a function', `function execSync() {}`, `execSync('ls')`],
    ['a global declared again', `const prompt = (text) => text`, `prompt('name?')`],
    ['an import declared again', `import fs from 'fs'`, `let fs = { readFileSync() {} }`, `fs.readFileSync('a')`],
    ['a name assigned something else', `let fs = require('fs')`, `fs = { readFileSync() {} }`, `fs.readFileSync('a')`],
    ['the text that a file held', `const text = require('fs').readFileSync('a', 'utf8')`, `text.split('\\n')`],
    ['the rows of a query', `const db = new (require('node:sqlite').DatabaseSync)(':memory:')`, `const rows = db.prepare('select 1').all()`, `rows.map(String)`],
  ])('EX-17 %s is the own name of the user', (_title, ...cells) => {
    expect(runCells(cells).modes.at(-1)).toBe('simple_sync');
  });
});

test('EX-07 EX-08 top-level await comes before blocking, and blocking before async definitions', () => {
  expect(
    runCells([
      `await 1; require('fs').readFileSync('a')`,
      `import { readFileSync } from 'fs'; readFileSync('a')`,
      `require('fs').readFileSync('a'); async function later() {}`,
      `async function later() { require('fs').readFileSync('a') }`,
      `function later() { require('fs').readFileSync('a') }`,
    ]).modes,
  ).toEqual(['top_level_await', 'top_level_await', 'blocking_sync', 'async_def', 'simple_sync']);
});

test('EX-99 imports, calls and missed chains are counted', () => {
  const { metrics } = runCells([
    `import fs, { readFileSync } from 'fs'; import { readFile } from 'fs'; import path from 'path'`,
    `require('child_process'); await import('zlib'); require('path')`,
    `fs.readFileSync('a'); const later = () => readFileSync('a')`,
    `getFiles().readFileSync('a'); this.files.readFileSync('a'); globalThis.files.readFileSync('a'); unknown.readFileSync('a')`,
    `const own = { readSync() {} }; own.readSync(); own.deep.readSync()`,
  ]);

  expect(metrics).toMatchObject({ detectedBlockingImport: 3, detectedBlockingCall: 2, missedAttributeChain: 5 });
});

test('EX-19 lists replace their defaults, and the switch turns everything off', () => {
  const code = `import fs from 'fs'; import slow from 'slow'; fs.readFileSync('a'); slow.down(); halt(); prompt('?')`;

  expect(topLevelCalls(code)).toEqual(['fs.readFileSync', 'prompt']);
  expect(topLevelCalls(code, { modules: { slow: '*' } })).toEqual(['slow.down', 'prompt']);
  expect(topLevelCalls(code, { modules: { ...defaultBlocking.modules, slow: ['up'] }, calls: ['halt'] })).toEqual(['fs.readFileSync', 'halt']);
  expect(topLevelCalls(code, { modules: { fs: ['readdirSync'] }, calls: [] })).toEqual([]);
  expect(analyse(code, { enabled: false })).toEqual({ imports: [], calls: [], missed: [], origins: new Map() });
  expect(runCells([code], { enabled: false }).metrics).toMatchObject({ detectedBlockingImport: 0, detectedBlockingCall: 0, missedAttributeChain: 0 });
});

test('EX-19 lists that are none are refused', () => {
  // @ts-expect-error a text is no list
  expect(() => resolveBlockingOptions({ modules: { fs: 'readFileSync' } })).toThrow('Cannot use the blocking functions of "fs": expected "*" or a list of names');
  // @ts-expect-error a number is no name
  expect(() => resolveBlockingOptions({ calls: [1] })).toThrow(TypeError);
});

test('EX-19 a module may have any name', () => {
  expect(topLevelCalls(`import a from 'constructor'; import b from '__proto__'; a.readSync(); b.readSync()`)).toEqual([]);
});

test.each<[string, boolean]>([
  ['while (true) {}', true],
  ['for (;;) { work() }', true],
  ['do work(); while (1)', true],
  ['while (true) { const stop = () => { return } }', true],
  ['while (true) { if (done()) break }', false],
  ['while (true) { await tick() }', false],
  ['for (;;) { throw stop }', false],
  ['while (busy) {}', false],
  ['const spin = () => { for (;;) {} }', false],
])('EX-14 endless loops count where that is wished: %s', (code, expected) => {
  expect(topLevelCalls(code)).toEqual([]);
  expect(topLevelCalls(code, { endlessLoops: true })).toEqual(expected ? ['an endless loop'] : []);
});

test('EX-14 a polling function blocks inside a loop only', () => {
  const polling = { ports: ['receive'] };

  expect(topLevelCalls(`import { receive } from 'ports'; receive(); do {} while (!receive())`, { polling })).toEqual(['ports.receive']);
});

test('EX-100 warnings are optional, and name the call and its place', () => {
  const warnings: BlockingWarning[] = [];
  const onWarning = (warning: BlockingWarning): void => void warnings.push(warning);
  const cell = `import fs from 'fs'\nconst later = () => fs.statSync('a')\n  fs.readFileSync('a')`;

  runCells([cell], { onWarning });
  expect(warnings).toEqual([]);
  runCells([cell], { warn: true });
  runCells([cell], { warn: true, onWarning });
  expect(warnings).toEqual([{ name: 'fs.readFileSync', line: 3, column: 3 }]);
});

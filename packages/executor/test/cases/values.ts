import type { ReplCase } from './repl-case.ts';

/** What a cell gives back. */
export const values: readonly ReplCase[] = [
  { name: 'EX-29 EX-31 C01 an expression gives its value', cells: ['1 + 1'], outcome: { status: 'ok', mode: 'simple_sync', value: 2, repr: '2' } },
  { name: 'EX-22 C02 a leading brace is an object', cells: ['{ a: 1, b: [2] }'], outcome: { value: { a: 1, b: [2] }, repr: '{ a: 1, b: [ 2 ] }' } },
  { name: 'EX-22 C02 a leading brace with statements is a block', cells: ['{ let inner = 4; inner * 2 }'], outcome: { value: 8 } },
  { name: 'EX-22 C02 an object with await inside', cells: ['{ a: await Promise.resolve(5) }'], outcome: { value: { a: 5 }, mode: 'top_level_await' } },
  { name: 'EX-22 C02 a block with a semicolon at the end stays a block', cells: ['{ a: 1 };'], outcome: { value: 1 } },
  {
    name: 'C43 a circular object is shown and left out of the value',
    cells: ['const circle = { name: "loop" }; circle.self = circle; circle'],
    language: 'javascript',
    outcome: { value: null, valueOmitted: 'not serialisable', repr: "<ref *1> { name: 'loop', self: [Circular *1] }" },
  },
  { name: 'C47 minus zero keeps its sign', cells: ['-0'], outcome: { repr: '-0' } },
  { name: 'C47 a bigint is shown', cells: ['10n'], outcome: { repr: '10n', value: null, valueOmitted: 'not serialisable' } },
  { name: 'C47 a symbol is shown', cells: ['Symbol("s")'], outcome: { repr: 'Symbol(s)', value: null, valueOmitted: 'not serialisable' } },
  { name: 'C47 NaN is shown', cells: ['0 / 0'], outcome: { repr: 'NaN', value: null, valueOmitted: 'not serialisable' } },
  { name: 'a date becomes its instant', cells: ['new Date(0)'], outcome: { value: '1970-01-01T00:00:00.000Z', repr: '1970-01-01T00:00:00.000Z' } },
  {
    name: 'C46 a custom inspect that throws ends the cell only',
    cells: ["({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('evil') } })"],
    outcome: { status: 'ok', repr: '[a value that cannot be shown]' },
  },
  {
    name: 'C46 a proxy whose traps throw ends the cell only',
    cells: ["new Proxy({}, { ownKeys() { throw new Error('trap') }, get() { throw new Error('trap') }, getPrototypeOf() { throw new Error('trap') } })"],
    outcome: { status: 'ok', valueOmitted: 'not serialisable' },
  },
  { name: 'C51 an if has a completion value', cells: ['if (true) { 5 } else { 6 }'], outcome: { value: 5 } },
  { name: 'C51 a loop has a completion value', cells: ['for (let index = 0; index < 3; index += 1) { index * 10 }'], outcome: { value: 20 } },
  { name: 'C51 a try has a completion value', cells: ['try { 7 } catch { 8 }'], outcome: { value: 7 } },
  { name: 'C52 an awaited expression is the value', cells: ['await Promise.resolve(9)'], outcome: { value: 9, mode: 'top_level_await' } },
  {
    name: 'EX-32 C53 a promise that is not awaited is the value itself',
    cells: ['Promise.resolve("pv53")'],
    outcome: { repr: "Promise { 'pv53' }", value: null, valueOmitted: 'not serialisable' },
  },
  { name: 'EX-32 C53 a pending promise does not hold the cell', cells: ['new Promise(() => {})'], outcome: { status: 'ok', repr: 'Promise { <pending> }' } },
  { name: 'C54 an empty cell has no value', cells: [''], outcome: { status: 'ok', value: null, valueOmitted: 'undefined', repr: '' } },
  { name: 'C54 a comment has no value', cells: ['// nothing\n/* at all */'], outcome: { status: 'ok', value: null, valueOmitted: 'undefined', repr: '' } },
  { name: 'C58 a label, a template and a comment at the end', cells: ['outer58: for (;;) { break outer58 }\n`a${1}` // the end'], outcome: { value: 'a1' } },
  {
    name: 'C44 a long array is shown short',
    cells: ['new Array(1_000_000).fill(7).length', 'new Array(1_000_000).fill(7)'],
    outcome: { status: 'ok', value: null, valueOmitted: 'too large' },
  },
  { name: 'C45 a long string is shown short', cells: ['"x".repeat(50_000_000)'], outcome: { status: 'ok', value: null, valueOmitted: 'too large' } },
  { name: 'cells without semicolons', cells: ['const noSemicolon = 1\nconst second = 2\n;[noSemicolon, second]'], outcome: { value: [1, 2] } },
  { name: 'EX-24 EX-25 the history moves with each value', cells: ['40', '2', '[_, __]'], outcome: { value: [2, 40] } },
  { name: 'EX-24 a declaration does not move the history', cells: ['"kept"', 'let unmoved = 1', '_'], outcome: { value: 'kept' } },
  { name: 'EX-24 EX-33 an assignment is an expression and moves the history', cells: ['assigned = await Promise.resolve(3)', '_'], outcome: { value: 3 } },
];

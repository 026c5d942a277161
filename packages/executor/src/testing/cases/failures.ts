import type { ReplCase } from './repl-case.ts';

/** What a cell throws and where, in the user's own source. */
export const failures: readonly ReplCase[] = [
  {
    name: 'EX-35 C28 the line of an error',
    cells: ['const a28 = 1\n\n  throw new Error("e28")'],
    outcome: { status: 'error', error: { name: 'Error', message: 'e28', line: 3, column: 9 } },
  },
  { name: 'EX-35 the column of an error on the first line', cells: ['let a35 = 1; throw new RangeError("e35")'], outcome: { status: 'error', error: { name: 'RangeError', message: 'e35', line: 1, column: 20 } } },
  {
    name: 'EX-35 C29 the line of an error after an await',
    cells: ['const a29 = await Promise.resolve(1)\nconst b29 = await Promise.resolve(2)\nthrow new TypeError(`e${a29 + b29}`)'],
    outcome: { status: 'error', error: { name: 'TypeError', message: 'e3', line: 3, column: 7 } },
  },
  {
    name: 'EX-35 the column of an error behind an await on its line',
    cells: ['await Promise.resolve(1); missing35()'],
    outcome: { status: 'error', error: { name: 'ReferenceError', message: 'missing35 is not defined', line: 1, column: 27 } },
  },
  {
    name: 'EX-35 C30 the line of an error in TypeScript',
    cells: ['interface Shape {\n  readonly side: number;\n}\nconst shape30: Shape = { side: 1 };\nthrow new Error(`e${shape30.side as number}`)'],
    outcome: { status: 'error', error: { name: 'Error', message: 'e1', line: 5, column: 7 } },
  },
  {
    name: 'EX-35 the line of an error in a cell with an enum',
    cells: ['enum Kind { A, B }\nconst kind35: Kind = Kind.B;\nthrow new Error(`e${kind35}`)'],
    outcome: { status: 'error', error: { name: 'Error', message: 'e1', line: 3, column: 7 } },
  },
  {
    name: 'EX-35 an error behind a static import keeps its place',
    cells: ['import { sep as sep35, join as join35 } from "node:path"; throw new Error(sep35 + typeof join35)'],
    outcome: { status: 'error', error: { name: 'Error', message: '/function', line: 1, column: 65 } },
  },
  {
    name: 'EX-35 C31 an error names the cell it comes from',
    cells: ['\n\nfunction f31() { throw new Error("e31") }', 'f31()'],
    outcome: { status: 'error', error: { name: 'Error', message: 'e31', line: 3, column: 24 } },
  },
  { name: 'C32 something thrown that is no error', cells: ['throw { code: 7 }'], language: 'javascript', outcome: { status: 'error', error: { name: 'Thrown', message: '{ code: 7 }' } } },
  {
    name: 'C33 the cause of an error is told',
    cells: ['throw new Error("outer33", {\n  cause: new TypeError("inner33"),\n})'],
    outcome: { status: 'error', error: { message: 'outer33', line: 1, column: 7, cause: { name: 'TypeError', message: 'inner33', span: { line: 2, column: 10 } } } },
  },
  {
    name: 'C33 the parts of an AggregateError are told',
    cells: ['await Promise.any([Promise.reject(new Error("one")), Promise.reject(2)])'],
    outcome: { status: 'error', error: { name: 'AggregateError', errors: [{ name: 'Error', message: 'one' }, { name: 'Thrown', message: '2' }] } },
  },
  {
    name: 'C34 a syntax error has a line and a column',
    cells: ['const a34 = 1;\nconst b34 = = 2;'],
    language: 'javascript',
    outcome: { status: 'error', mode: 'unknown', error: { name: 'SyntaxError', message: "Unexpected token '='", line: 2, column: 13 } },
  },
  {
    name: 'C34 a syntax error of TypeScript has a line and a column',
    cells: ['const a34t: number = 1;\nconst b34t: = 2;'],
    outcome: { status: 'error', error: { name: 'SyntaxError', line: 2, column: 13 } },
  },
  { name: 'C34 nothing of a cell with a syntax error runs', cells: ['globalThis.ran34 = true; const = 1', 'typeof ran34'], language: 'javascript', outcome: { value: 'undefined' } },
  { name: 'C50 a stack overflow', cells: ['function deep50() { return deep50() + 1 }\ndeep50()'], outcome: { status: 'error', error: { name: 'RangeError', message: 'Maximum call stack size exceeded', line: 1 } } },
  { name: 'C55 a return at the top level is refused', notWrapped: 'a function may return', cells: ['return 5'], language: 'javascript', outcome: { status: 'error', error: { name: 'SyntaxError', message: 'Illegal return statement', line: 1, column: 1 } } },
  { name: 'C56 reading standard input finds its end', cells: ['require("node:fs").readFileSync(0, "utf8")'], outcome: { status: 'ok', value: '' } },
  {
    name: 'C40 text without a line end is delivered',
    cells: ['process.stdout.write("no line end"); undefined'],
    outcome: { status: 'ok', stdout: 'no line end' },
  },
  { name: 'C26 EX-34 types are erased', cells: ['type Id<T> = T; const id26 = <T,>(value: T): Id<T> => value; id26<number>(1) satisfies number'], outcome: { value: 1 } },
  { name: 'C27 EX-34 an enum is kept', cells: ['enum Color { Red = 1, Green }', 'Color.Red + Color.Green'], outcome: { value: 3 } },
  { name: 'EX-34 a namespace and a parameter property', cells: ['namespace Space { export const a = 1 }\nclass P { constructor(readonly b: number) {} }\nSpace.a + new P(2).b'], outcome: { value: 3 } },
];

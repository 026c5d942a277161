import type { ReplCase } from './repl-case.ts';

/** Files that the session finds in its directory, which is called `files`. */
export const files: Readonly<Record<string, string>> = {
  'add.mjs': 'export const add = (left, right) => left + right;',
  'data.json': '{ "answer": 42 }',
  'counter.cjs': 'module.exports = { count: 3 };',
};

/** Modules from a cell. */
export const imports: readonly ReplCase[] = [
  { name: 'EX-43 C21 a built-in by import()', cells: ['const c21 = await import("node:path"); typeof c21.join'], outcome: { value: 'function' } },
  { name: 'EX-43 C22 a static import is kept', cells: ['import path22 from "node:path"', 'typeof path22.join'], outcome: { value: 'function' } },
  {
    name: 'EX-43 C23 a named import under another name, with code',
    cells: ['import { join as join23, sep } from "node:path"\njoin23("a", "b") + sep.length'],
    outcome: { value: 'a/b1', mode: 'top_level_await' },
  },
  { name: 'EX-43 a namespace import', cells: ['import * as os43 from "node:os"; typeof os43.cpus'], outcome: { value: 'function' } },
  { name: 'C24 a relative file counts from the working directory', cells: ['import { add } from "./add.mjs"', 'add(2, 3)'], outcome: { value: 5 } },
  { name: 'C24 a relative file by import()', cells: ['(await import("./add.mjs")).add(1, 1)'], outcome: { value: 2 } },
  { name: 'C24 import() inside a function that runs later', cells: ['const later24 = async () => (await import("./add.mjs")).add(20, 1)', 'await later24()'], outcome: { value: 21 } },
  { name: 'a JSON file', cells: ['import data from "./data.json" with { type: "json" }', 'data.answer'], outcome: { value: 42 } },
  { name: 'C25 require', cells: ['typeof require("node:path").join'], outcome: { value: 'function' } },
  { name: 'C25 require of a relative file', cells: ['require("./counter.cjs").count'], outcome: { value: 3 } },
  { name: 'import.meta names the cell', cells: ['import.meta.url.startsWith("file:") && import.meta.dirname.endsWith("files")'], outcome: { value: true } },
  {
    name: 'a name that a module does not export',
    cells: ['import { nothing } from "node:path"'],
    outcome: { status: 'error', error: { name: 'SyntaxError', message: "The requested module 'node:path' does not provide an export named 'nothing'" } },
  },
  { name: 'a module that does not exist', cells: ['await import("./missing.mjs")'], outcome: { status: 'error', error: { name: 'Error' } } },
  { name: 'an export loses its keyword only', cells: ['export const exported = 8', 'exported'], outcome: { value: 8 } },
  {
    name: 'what an export leaves is a statement of its own',
    cells: ['const list = [1]\nlet first = list\nexport default [0]\nlet second = list\nexport { second }\n[0]', 'export default class {}\n[0]', 'export default await 2', '[first, second]'],
    outcome: { value: [[1], [1]] },
  },
];

import { mkdtempSync, rmSync, writeFileSync, mkdirSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeIndex, createTypeLinker, indexDirectory, linkByName, parseSource, watchDirectory, type IndexChange } from '@holdfast/context-cache/extract';
import { assert, asyncProperty, constantFrom, record, array } from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';

const lexer = `/** Cuts text into words. More follows. */
export class Lexer {
  readonly #text: string;
  constructor(text: string) { this.#text = text; }
  /** The next word. */
  next(): Word | undefined { return undefined; }
}
export interface Word { text: string; readonly line: number }
export const limit = 100;
`;
const parser = `import { Lexer, type Word, limit as most } from './lexer.ts';
import * as tree from './tree.js';
export function parse(text: string, depth = most): tree.Node {
  const lexer = new Lexer(text);
  const word = lexer.next();
  return tree.leaf(word?.text ?? '');
}
export function parse2(word: Word): void {}
`;
const tree = `export { leaf } from './leaf.js';\nexport interface Node { text: string }\n`;
const leaf = `import type { Node } from './tree.js';\nexport const leaf = (text: string): Node => ({ text });\n`;
const files = { 'lexer.ts': lexer, 'parser.ts': parser, 'tree.ts': tree, 'leaf.ts': leaf };

test('a member of a class or an interface is a definition of its own, with signature and first sentence', () => {
  const { definitions, problems } = parseSource('lexer.ts', lexer);

  expect(definitions.map(({ id, kind, signature, documentation }) => [id, kind, signature, documentation])).toEqual([
    ['lexer.ts#Lexer', 'class', 'export class Lexer', 'Cuts text into words.'],
    ['lexer.ts#Lexer.#text', 'property', 'readonly #text: string', ''],
    ['lexer.ts#Lexer.constructor', 'method', 'constructor(text: string)', ''],
    ['lexer.ts#Lexer.next', 'method', 'next(): Word | undefined', 'The next word.'],
    ['lexer.ts#Word', 'interface', 'export interface Word', ''],
    ['lexer.ts#Word.text', 'property', 'text: string', ''],
    ['lexer.ts#Word.line', 'property', 'readonly line: number', ''],
    ['lexer.ts#limit', 'variable', 'export const limit = 100', ''],
  ]);
  expect(problems).toEqual([]);
});

test('a signature is one line as one would write it, without comments', () => {
  const { definitions } = parseSource(
    'a.ts',
    `export function open(
  path: string, // where it is
  { mode, /* rights */ flags }: {
    mode: number
    flags?: string
  },
): Promise<
  // eslint-disable-next-line
  Handle
> { return x; }
export type Either =
  | Left
  | Right;
export const url = 'http://x';
`,
  );

  expect(definitions.map(({ signature }) => signature)).toEqual([
    'export function open(path: string, { mode, flags }: { mode: number; flags?: string }): Promise<Handle>',
    'export type Either = Left | Right',
    "export const url = 'http://x'",
  ]);
});

test('names lead through imports, aliases and index files to the definition', () => {
  const links = linkByName(Object.entries(files).map(([path, text]) => parseSource(path, text)));
  const from = (id: string): string[] => links.filter((link) => link.from === id).map(({ to }) => to);

  expect(from('parser.ts#parse')).toEqual(expect.arrayContaining(['lexer.ts#Lexer', 'lexer.ts#limit', 'lexer.ts#Lexer.next', 'tree.ts#Node', 'leaf.ts#leaf']));
  expect(from('parser.ts#parse2')).toEqual(['lexer.ts#Word']);
});

const kettle = `
export interface Steam { heat(): number }
export class Vessel { pour(): Steam { throw new Error() } heat(): number { return 0 } }
export class Kettle extends Vessel { readonly steam: Steam | undefined; boil(): Promise<Steam> { throw new Error() } heat(): number { return 1 } static make(): Kettle { return new Kettle() } }
export class Pan { heat(): number { return 2 } }
export type Pot = Readonly<Kettle>;
export const brew = (): Kettle => new Kettle();
export const spare = new Pan();
`;

test.each<[what: string, body: string, wanted: readonly string[]]>([
  ['a parameter', 'export function use(it: Kettle) { it.heat(); }', ['Kettle.heat']],
  ['a parameter with a value', 'export function use(it = new Pan()) { it.heat(); }', ['Pan.heat']],
  ['a variable with a type', 'export function use(any: unknown) { const it: Pan = any; it.heat(); }', ['Pan.heat']],
  ['a variable that is made', 'export function use() { const it = new Kettle(); it.heat(); }', ['Kettle.heat']],
  ['what a function gives', 'export function use() { brew().heat(); }', ['Kettle.heat']],
  ['a variable from a function', 'export function use() { const it = brew(); it.heat(); }', ['Kettle.heat']],
  ['what a method promises', 'export async function use(it: Kettle) { (await it.boil()).heat(); }', ['Steam.heat']],
  ['a static method', 'export function use() { Kettle.make().heat(); }', ['Kettle.heat']],
  ['a property that may be missing', 'export function use(it: Kettle) { it.steam?.heat(); }', ['Steam.heat']],
  ['what is inherited', 'export function use(it: Kettle) { it.pour(); }', ['Vessel.pour']],
  ['a method that is inherited, and what it gives', 'export function use(it: Kettle) { it.pour().heat(); }', ['Steam.heat', 'Vessel.pour']],
  ['another name for a type', 'export function use(it: Pot) { it.heat(); }', ['Kettle.heat']],
  ['a variable of another file', 'export function use() { spare.heat(); }', ['Pan.heat']],
  ['a whole file under a name', "import * as all from './kettle.ts';\nexport function use() { all.brew().heat(); }", ['Kettle.heat']],
  ['a property of its class', 'export class Use { readonly #it = new Pan(); run() { this.#it.heat(); } }', ['Pan.heat']],
  ['a property that the constructor takes', 'export class Use { constructor(private readonly it: Kettle) {} run() { this.it.heat(); } }', ['Kettle.heat']],
  ['a type of elsewhere', 'export function use(it: Map<string, Kettle>) { it.heat(); JSON.heat(); "".heat(); [it].heat(); }', []],
  ['any type', 'export function use<It extends Pan>(it: It) { it.heat(); }', ['Kettle.heat', 'Pan.heat', 'Steam.heat', 'Vessel.heat']],
  ['a name out of an object', 'export function use({ brew: it }: never, { spare = 1 }: never) { it.heat(); spare.heat(); }', ['Kettle.heat', 'Pan.heat', 'Steam.heat', 'Vessel.heat']],
  ['itself', 'export function use() { let it = it.next; it = it.heat(); }', ['Kettle.heat', 'Pan.heat', 'Steam.heat', 'Vessel.heat']],
])('a member is found by what the source says of %s', (_, body, wanted) => {
  const imports = "import { brew, Kettle, Pan, spare, type Pot, type Steam } from './kettle.ts';\n";
  const links = linkByName([parseSource('kettle.ts', kettle), parseSource('use.ts', imports + body)]);

  const members = links.filter(({ from, to }) => from.startsWith('use.ts#') && /\.(?:heat|pour)$/u.test(to)).map(({ to }) => to.replace('kettle.ts#', ''));
  expect(members).toEqual(wanted);
});

test('types that lead in circles are not followed for ever', () => {
  const source = parseSource('a.ts', 'type A = B;\ntype B = A;\nclass C extends D {}\nclass D extends C {}\nexport function use(a: A, c: C) { a.run(); c.run(); }\nclass E { run() {} }\n');

  expect(linkByName([source]).filter(({ from }) => from === 'a.ts#use').map(({ to }) => to)).toEqual(['a.ts#A', 'a.ts#C', 'a.ts#E.run']);
});

test('a generated chain of calls is read', () => {
  const chain = `export function use() { return start${'.next()'.repeat(1000)}; }\nexport const start = { next() {} };\n`;

  expect(linkByName([parseSource('a.ts', chain)])).toEqual([{ from: 'a.ts#use', to: 'a.ts#start', count: 1, inBody: 1 }]);
});

test.each<[what: string, lib: string, use: string, wanted: readonly string[]]>([
  ['a member of a file', 'exports.heat = function (degrees) { return degrees; };', "const lib = require('./lib');\nfunction use() { lib.heat(1); }", ['heat']],
  ['a member by its name', 'module.exports.heat = (degrees) => degrees;', "const { heat } = require('./lib.js');\nfunction use() { heat(1); }", ['heat']],
  ['a member by another name', 'function heat() {}\nfunction cool() {}\nmodule.exports = { heat, cool };', "const { heat: warm } = require('./lib');\nfunction use() { warm(); }", ['heat']],
  ['one member alone', 'module.exports = { heat() {}, cool: () => 1 };', "const cool = require('./lib').cool;\nfunction use() { cool(); }", ['cool']],
  ['a function that is the file', 'module.exports = function heat() {};', "const warm = require('./lib');\nfunction use() { warm(); }", ['heat']],
  ['a class that is the file', 'class Kettle { heat() {} static make() {} }\nmodule.exports = Kettle;', "const Kettle = require('./lib');\nfunction use() { Kettle.make(); const kettle = new Kettle(); kettle.heat(); }", ['Kettle', 'Kettle.heat', 'Kettle.make']],
  ['a class without a name', 'module.exports = class { heat() {} };', "const Kettle = require('./lib');\nfunction use() { new Kettle(); }", ['default']],
  ['what a file passes on', "exports.heat = require('./stove').heat;\nmodule.exports.stove = require('./stove');", "const { heat, stove } = require('./lib');\nfunction use() { heat(); stove(); }", ['stove.js#Stove', 'stove.js#heat']],
  ['a name that is counted', 'exports["heat"] = function () {};\nexports[1] = 2;\nother.heat = () => 1;', "const { heat } = require('./lib');\nconst lib = require(path);\nfunction use() { heat(); lib(); }", ['use.js#lib']],
])('what a file requires is followed: %s', (_, lib, use, wanted) => {
  const stove = 'exports.heat = () => 1;\nmodule.exports = class Stove {};\n';
  const links = linkByName([parseSource('stove.js', stove), parseSource('lib.js', lib), parseSource('use.js', use)]);

  expect(links.filter(({ from }) => from === 'use.js#use').map(({ to }) => to.replace('lib.js#', ''))).toEqual(wanted);
});

test('the compiler finds what names alone cannot tell', async () => {
  const sources = Object.entries({
    'a.ts': 'export class A { run(): number { return 1; } }\nexport class B { run(): string { return ""; } }\nexport function make() { return new B(); }\n',
    'b.ts': "import { make } from './a.ts';\nexport function use() { const it = make(); return it.run(); }\n",
  }).map(([path, text]) => parseSource(path, text));
  await using linker = createTypeLinker({ root: '/nowhere' });

  const typed = (await linker.link(sources)).filter(({ from }) => from === 'b.ts#use').map(({ to }) => to);
  const named = linkByName(sources).filter(({ from }) => from === 'b.ts#use').map(({ to }) => to);

  expect(typed).toEqual(['a.ts#B.run', 'a.ts#make']);
  expect(named).toEqual(['a.ts#A.run', 'a.ts#B.run', 'a.ts#make']);
});

test('a linker that is closed says so, and links again when asked again', async () => {
  const linker = createTypeLinker({ root: '/nowhere' });
  onTestFinished(async () => linker.close());
  const linking = linker.link([parseSource('a.ts', lexer)]);

  await Promise.all([expect(linking).rejects.toMatchObject({ code: 'HOLDFAST_CONTEXT_CACHE_CANNOT_LINK' }), linker.close()]);

  expect(await linker.link([parseSource('a.ts', lexer)])).not.toEqual([]);
});

test('a file that cannot be parsed, or is nested too deeply, is told of and breaks nothing', () => {
  expect(parseSource('broken.ts', 'export function a( {').problems).not.toEqual([]);
  expect(parseSource('deep.ts', `export const sum = ${Array.from({ length: 20_000 }, () => '1').join('+')};`)).toMatchObject({ path: 'deep.ts' });
  expect(parseSource('empty.ts', '')).toMatchObject({ definitions: [], problems: [] });
});

test('CTX-77 a changed body makes itself stale, a changed signature also whoever uses it and nobody further', async () => {
  const index = new CodeIndex();
  await index.update(Object.entries(files));
  await index.graph();

  const body = await index.update([['leaf.ts', leaf.replace('({ text })', '({ text: text.trim() })')]]);
  await index.graph();
  const signature = await index.update([['lexer.ts', lexer.replace('next(): Word | undefined', 'next(count: number): Word | undefined')]]);
  await index.graph();
  const nothing = await index.update(Object.entries({ 'tree.ts': tree }));
  const gone = await index.update([['tree.ts', undefined]]);

  expect(body).toEqual({ added: [], changed: ['leaf.ts#leaf'], removed: [], stale: ['leaf.ts#leaf'] });
  expect(signature.stale).toEqual(['lexer.ts#Lexer.next', 'parser.ts#parse']);
  expect(nothing).toEqual({ added: [], changed: [], removed: [], stale: [] });
  expect(gone).toMatchObject({ removed: ['tree.ts#Node', 'tree.ts#Node.text'] });
  expect(gone.stale).toEqual(expect.arrayContaining(['leaf.ts#leaf', 'parser.ts#parse']));
});

test('an index that is kept up to date equals one that is made anew, whatever changed in which order', async () => {
  const path = constantFrom('lexer.ts', 'parser.ts', 'tree.ts', 'leaf.ts');
  const text = constantFrom(lexer, parser, tree, leaf, '', lexer.replace('limit', 'most'));

  await assert(
    asyncProperty(array(record({ path, text }), { maxLength: 12 }), async (changes) => {
      const [kept, last] = [new CodeIndex(), new Map<string, string>()];
      for (const change of changes) {
        await kept.update([[change.path, change.text]]);
        await kept.graph();
        last.set(change.path, change.text);
      }
      const anew = new CodeIndex();
      await anew.update(last);

      expect((await kept.graph()).links).toEqual((await anew.graph()).links);
      expect(kept.sources).toEqual(anew.sources);
    }),
    { numRuns: 40 },
  );
});

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-index-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return root;
}

test('a folder is indexed without what is built, and a second time without parsing', async () => {
  const root = folder();
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'node_modules', 'other.ts'), 'export const x = 1;');
  writeFileSync(join(root, 'large.ts'), 'x'.repeat(2_000_000));
  const index = new CodeIndex();
  const progress: number[] = [];

  await indexDirectory(index, root, { onProgress: ({ done }) => progress.push(done) });
  const again = await indexDirectory(index, root);
  unlinkSync(join(root, 'leaf.ts'));
  const less = await indexDirectory(index, root);

  expect(index.sources.map(({ path }) => path)).toEqual(['lexer.ts', 'parser.ts', 'tree.ts']);
  expect(progress).toEqual([1, 2, 3, 4, 5]);
  expect(again).toEqual({ added: [], changed: [], removed: [], stale: [] });
  expect(less.removed).toEqual(['leaf.ts#leaf']);
  await expect(indexDirectory(index, join(root, 'nowhere'))).rejects.toMatchObject({ code: 'HOLDFAST_CONTEXT_CACHE_CANNOT_READ' });
});

test('a watched folder keeps its index like it', async () => {
  const root = folder();
  const index = new CodeIndex();
  await indexDirectory(index, root);
  const changed = Promise.withResolvers<IndexChange>();
  const watching = watchDirectory(index, root, { onChange: changed.resolve, onError: changed.reject, settleMs: 10 });
  onTestFinished(() => watching.close());

  writeFileSync(join(root, 'more.ts'), 'export const more = 1;\n');

  expect(await changed.promise).toMatchObject({ added: ['more.ts#more'] });
});

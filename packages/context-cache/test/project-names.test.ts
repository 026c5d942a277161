import { buildCodeContext, CodeIndex, createTypeLinker } from '@holdfast/context-cache/extract';
import { expect, test } from 'vitest';

type Files = Readonly<Record<string, string>>;

async function indexOf(files: Files): Promise<CodeIndex> {
  const index = new CodeIndex();
  await index.update(Object.entries(files));
  return index;
}

/** What `use` in `app/use.ts` is linked to, when it imports `price` by a specifier. */
async function targetsOf(specifier: string, files: Files): Promise<readonly string[]> {
  const index = await indexOf({ ...files, 'app/use.ts': `import { price } from '${specifier}';\nexport function use() {\n  return price();\n}\n` });
  return (await index.graph()).links.filter(({ from }) => from === 'app/use.ts#use').map(({ to }) => to);
}

const price = 'export function price(): number {\n  return 1;\n}\n';

test.each<[what: string, specifier: string, path: string, settings: Files]>([
  ['a package by its first condition', '@shop/order', 'order/src/index.ts', { 'order/package.json': '{ "name": "@shop/order", "exports": { ".": { "source": "./src/index.ts", "default": "./dist/index.js" } } }' }],
  ['a package that is described by what is built', '@shop/order', 'order/src/index.ts', { 'order/package.json': '{ "name": "@shop/order", "exports": { "import": { "types": "./dist/index.d.ts", "default": "./dist/esm/index.js" } } }' }],
  ['an entry beside the main one', '@shop/order/tax', 'order/src/tax.ts', { 'order/package.json': '{ "name": "@shop/order", "exports": { ".": "./dist/index.js", "./tax": "./dist/tax.js" } }' }],
  ['entries by a pattern', '@shop/order/tax/rate', 'order/src/parts/tax/rate.ts', { 'order/package.json': '{ "name": "@shop/order", "exports": { "./*": "./dist/parts/*.js" } }' }],
  ['a package without exports', 'order', 'order/lib/main.ts', { 'order/package.json': '{ "name": "order", "main": "lib/main.js" }' }],
  ['a file in a package without exports', 'order/lib/tax', 'order/lib/tax.ts', { 'order/package.json': '{ "name": "order" }' }],
  ['a package that says nothing but its name', 'order', 'order/src/index.tsx', { 'order/package.json': '{ "name": "order" }' }],
  ['a name with a hash', '#lib/tax', 'app/source/tax.ts', { 'app/package.json': '{ "imports": { "#lib/*": { "default": "./source/*.js" } } }' }],
  ['paths of the compiler', '@/tax', 'app/src/tax.ts', { 'app/tsconfig.json': '{\n  // as an editor writes it\n  "compilerOptions": { "paths": { "@/*": ["./src/*"], }, },\n}' }],
  ['paths from a base URL', 'tax', 'app/src/tax.ts', { 'app/jsconfig.json': '{ "compilerOptions": { "baseUrl": "./src" } }' }],
  ['paths that hold for the whole project', '@shop/tax', 'libs/tax/src/index.ts', { 'tsconfig.base.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "@shop/tax": ["libs/tax/src/index.ts"] } } }' }],
  ['the nearest of two', '@/tax', 'app/tax.ts', { 'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./other/*"] } } }', 'app/tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }', 'other/tax.ts': price }],
  ['the more exact of two', '@/tax/rate', 'app/exact.ts', { 'app/tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./*"], "@/tax/*": ["./exact"] } } }', 'app/tax/rate.ts': price }],
])('an import of %s is followed', async (_, specifier, path, settings) => {
  expect(await targetsOf(specifier, { ...settings, [path]: price })).toEqual([`${path}#price`]);
});

test.each<[what: string, specifier: string, settings: Files]>([
  ['a package from elsewhere', 'zod', { 'order/package.json': '{ "name": "order" }' }],
  ['a file that the package does not show', 'order/src/price', { 'order/package.json': '{ "name": "order", "exports": "./src/index.ts" }' }],
  ['a name with a hash of another package', '#price', { 'order/package.json': '{ "imports": { "#price": "./src/price.ts" } }' }],
  ['settings that cannot be read', 'order', { 'order/package.json': '{ "name": [], "exports": 1, "imports": 2 }', 'app/tsconfig.json': '{ "compilerOptions": { "paths": { "order": 5 } } }', 'tsconfig.json': 'nothing', 'app/package.json': '' }],
  ['a file outside of the project', 'order', { 'package.json': '{ "name": "order", "exports": "./../../order/src/price.ts" }' }],
])('an import of %s leads nowhere', async (_, specifier, settings) => {
  expect(await targetsOf(specifier, { ...settings, 'order/src/price.ts': price })).toEqual([]);
});

const shop: Files = {
  'order/package.json': '{ "name": "@shop/order", "exports": "./dist/index.js" }',
  'order/src/index.ts': "export { price } from './price.ts';\nexport * from './tax.ts';\n",
  'order/src/price.ts': "import { hidden } from './hidden.ts';\nexport function price(): number {\n  return hidden();\n}\n",
  'order/src/tax.ts': 'export function tax(): number {\n  return 2;\n}\n',
  'order/src/hidden.ts': 'export function hidden(): number {\n  return 3;\n}\n',
  'app/package.json': '{ "name": "app" }',
  'app/here.ts': 'export function here(): number {\n  return 4;\n}\n',
  'app/use.ts': "import { price, tax } from '@shop/order';\nimport { here } from './here.ts';\nexport function use() {\n  return price() + tax() + here();\n}\n",
};

test('a context says how to import what is in another package', async () => {
  const graph = await (await indexOf(shop)).graph();

  const { text } = buildCodeContext(graph, { targets: ['app/use.ts#use'], budgetTokens: 500 });

  expect(text.slice(text.indexOf('## Related'))).toBe(
    [
      '## Related, with paths as app/use.ts imports them',
      './here.ts:',
      'function here(): number',
      '../order/src/hidden.ts:',
      'function hidden(): number',
      '@shop/order:',
      'function price(): number',
      'function tax(): number',
    ].join('\n'),
  );
});

test('the compiler follows the same names', async () => {
  await using linker = createTypeLinker({ root: '/nowhere' });
  const index = new CodeIndex({ linker: linker.link });
  await index.update(Object.entries(shop));

  const { links } = await index.graph();

  expect(links.filter(({ from }) => from === 'app/use.ts#use').map(({ to }) => to)).toEqual(['app/here.ts#here', 'order/src/price.ts#price', 'order/src/tax.ts#tax']);
});

test('a name that changes what it means links anew', async () => {
  const index = await indexOf(shop);
  const used = async (): Promise<readonly string[]> => (await index.graph()).links.filter(({ from }) => from === 'app/use.ts#use').map(({ to }) => to);
  expect(await used()).toContain('order/src/tax.ts#tax');

  await index.update([['order/package.json', '{ "name": "@shop/orders" }']]);
  expect(await used()).toEqual(['app/here.ts#here']);

  await index.update([['order/package.json', shop['order/package.json']]]);
  expect(await used()).toContain('order/src/tax.ts#tax');
  await index.update([['order/package.json', undefined]]);
  expect(await used()).toEqual(['app/here.ts#here']);
  expect(index.size).toBe(6);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTypeLinker, openCodeProject } from '@holdfast/context-cache/extract';
import { expect, onTestFinished, test } from 'vitest';

const files = {
  'src/price.ts': "import { taxRate } from './tax.ts';\n/** What the items cost. */\nexport function price(cents: number[]): number {\n  return cents.length * taxRate();\n}\n",
  'src/tax.ts': 'export function taxRate(): number {\n  return 1.2;\n}\n',
};

function folder(sources: Readonly<Record<string, string>> = files): string {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-project-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'src'));
  for (const [path, text] of Object.entries(sources)) writeFileSync(join(root, path), text);
  return root;
}

test('a project gives the context for a target by id, by path and by name', async () => {
  const project = await openCodeProject({ root: folder() });

  const [byId, byPath, byName] = await Promise.all(['src/price.ts#price', 'src/price.ts', 'price'].map(async (target) => project.context({ targets: [target], budgetTokens: 500 })));

  expect(byId?.text).toMatch(/^## Working on\nsrc\/price\.ts:\nexport function price[\s\S]*## Related, with paths as src\/price\.ts imports them\n\.\/tax\.ts:\nfunction taxRate\(\): number$/u);
  expect([byPath?.text, byName?.text]).toEqual([byId?.text, byId?.text]);
  expect(byName).toMatchObject({ targets: ['src/price.ts#price'], unknown: [] });
});

test('words lead to what is there when what is asked for is yet to be written', async () => {
  const project = await openCodeProject({ root: folder() });

  const context = await project.context({ targets: ['invoice'], query: 'an invoice says what the items cost', budgetTokens: 500 });

  expect(context.unknown).toEqual(['invoice']);
  expect(context.trace.map(({ id }) => id)).toEqual(['src/price.ts#price', 'src/tax.ts#taxRate']);
  const nothing = await project.context({ query: 'zebra', budgetTokens: 500 });
  expect([context.basis, nothing.basis]).toEqual(['query', 'popularity']);
  expect(nothing.explain('src/tax.ts#taxRate')).toMatch(/^rank 1 \([\d.]+\): taxRate is used by many$/u);
});

test('a context is of the files as they are when it is asked for', async () => {
  const root = folder();
  const project = await openCodeProject({ root });

  writeFileSync(join(root, 'src/tax.ts'), 'export function taxRate(): bigint {\n  return 12n;\n}\n');
  writeFileSync(join(root, 'src/invoice.ts'), "import { price } from './price.ts';\nexport const invoice = (cents: number[]) => price(cents);\n");
  const [context, again] = await Promise.all([1, 2].map(async () => project.context({ targets: ['invoice'], budgetTokens: 500 })));

  expect(context).toMatchObject({ targets: ['src/invoice.ts#invoice'], unknown: [] });
  expect(context?.text).toContain('function taxRate(): bigint');
  expect(again?.text).toBe(context?.text);
  expect(await project.refresh()).toEqual({ added: [], changed: [], removed: [], stale: [] });
});

test('a project links by types when it is given a linker', async () => {
  const root = folder({
    'src/kettle.ts': 'export class Kettle { boil(): Steam { return { hot: true }; } }\nexport interface Steam { hot: boolean }\nexport const make = () => new Kettle();\n',
    'src/tea.ts': "import { make } from './kettle.ts';\nexport function tea() {\n  return make().boil();\n}\n",
  });
  await using linker = createTypeLinker({ root });
  const project = await openCodeProject({ root, linker: linker.link });

  expect((await project.context({ targets: ['tea'], budgetTokens: 500 })).text).toContain('  boil(): Steam');
});

test('a folder that is not there, or goes away, is an error; an empty one is not', async () => {
  const root = folder({});
  const project = await openCodeProject({ root });
  const empty = await project.context({ query: 'anything', budgetTokens: 500 });
  rmSync(root, { recursive: true });

  expect(empty.text).toBe('');
  await expect(project.context({ query: 'anything', budgetTokens: 500 })).rejects.toMatchObject({ code: 'HOLDFAST_CONTEXT_CACHE_CANNOT_READ' });
  await expect(openCodeProject({ root })).rejects.toMatchObject({ code: 'HOLDFAST_CONTEXT_CACHE_CANNOT_READ' });
  mkdirSync(root);
  expect((await project.context({ query: 'anything', budgetTokens: 500 })).text).toBe('');
  await expect(project.context({ budgetTokens: -1 })).rejects.toThrow(RangeError);
});

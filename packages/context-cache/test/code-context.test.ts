import { buildCodeContext, CodeGraph, CodeIndex, linkByName, parseSource } from '@holdfast/context-cache/extract';
import { charsPer4, createEstimator, estimateTokens } from '@holdfast/context-cache';
import { assert, boolean, constantFrom, integer, property } from 'fast-check';
import { expect, test } from 'vitest';

const files = {
  'src/order.ts': `import { price } from './price.ts';
import { save } from './store.ts';
/** Places an order. */
export function placeOrder(items: Item[]): Receipt {
  const total = price(items);
  return save({ items, total });
}
export interface Item { name: string; cents: number }
`,
  'src/price.ts': `import type { Item } from './order.ts';
import { taxRate } from './tax.ts';
export function price(items: Item[]): number {
  return items.reduce((sum, item) => sum + item.cents, 0) * taxRate(items);
}
`,
  'src/tax.ts': `/** The rate for the items. */\nexport function taxRate(items: unknown[]): number { return 1.2; }\n`,
  'src/store.ts': `export class Store { put(row: Receipt): void {} }\nexport interface Receipt { total: number }\nconst store = new Store();\nexport function save(row: Receipt): Receipt { store.put(row); return row; }\n`,
  'src/refund.ts': `import { save } from './store.ts';\nimport { audit } from './audit.ts';\n/** Refunds an order. */\nexport function refundOrder(items: unknown[]): void { audit('refund'); save({ total: 0 }); }\n`,
  'src/audit.ts': `export function audit(what: string): void {}\n`,
  'lib/far.ts': `export interface Unrelated {}\n`,
};

async function graphOf(sources: Readonly<Record<string, string>>): Promise<CodeGraph> {
  const index = new CodeIndex();
  await index.update(Object.entries(sources));
  return index.graph();
}

test('a context shows the target in full and the signatures that it needs, and says why each is there', async () => {
  const context = buildCodeContext(await graphOf(files), { targets: ['src/order.ts#placeOrder'], budgetTokens: 400 });

  expect(context.text).toMatch(/^## Working on\nsrc\/order\.ts:\nexport function placeOrder[\s\S]*return save[\s\S]*\n\n## Related, with paths as src\/order\.ts imports them\n[\s\S]*\n\.\/price\.ts:\nfunction price/u);
  expect(context.trace.map(({ id }) => id)).toEqual(expect.arrayContaining(['src/price.ts#price', 'src/store.ts#save', 'src/tax.ts#taxRate', 'src/store.ts#Receipt']));
  expect(context.explain('src/tax.ts#taxRate')).toMatch(/^rank \d+ \([\d.]+\): taxRate is alike$/u);
  expect(context.explain('src/store.ts#Receipt')).toMatch(/^rank \d+ \([\d.]+\): (?:placeOrder is worked on|save is imported by the file), and leads to Receipt$/u);
  expect(context.explain('lib/far.ts#Unrelated')).toBe('nothing that is worked on leads to it');
  expect(context.explain('nowhere')).toBe('it is not in the index');
  expect(context.sections.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(context.tokens + 2);
});

test('with the body hidden nothing of it leaks into the ranking', async () => {
  const written = await graphOf(files);
  const blank = await graphOf({ ...files, 'src/order.ts': files['src/order.ts'].replace(/\{\n {2}const[\s\S]*?\n\}/u, '{\n}').replaceAll(/^import.*\n/gmu, '') });
  const request = { targets: ['src/order.ts#placeOrder'], hideBodies: true };

  const [hidden, absent] = [written.rank(request), blank.rank(request)];

  for (const { id } of written.definitions) expect(hidden.scores[written.indexOf(id) ?? -1]).toBeCloseTo(absent.scores[blank.indexOf(id) ?? -1] ?? -1, 6);
});

test('what is alike leads to what will be needed, and is found by words', async () => {
  const graph = await graphOf(files);
  const { seeds } = graph.rank({ targets: ['src/order.ts#placeOrder'], hideBodies: true });

  expect(seeds.get(graph.indexOf('src/refund.ts#refundOrder') ?? -1)).toBe('alike');
  const asked = buildCodeContext(graph, { targets: [], query: 'refund', budgetTokens: 100 });
  expect(asked.trace.map(({ id }) => id)).toContain('src/refund.ts#refundOrder');
});

test('a name, a path or the end of an id finds definitions', async () => {
  const graph = await graphOf(files);

  expect(graph.find('src/tax.ts#taxRate')).toEqual(['src/tax.ts#taxRate']);
  expect(graph.find('taxRate')).toEqual(['src/tax.ts#taxRate']);
  expect(graph.find('put')).toEqual(['src/store.ts#Store.put']);
  expect(graph.find('tax.ts#taxRate')).toEqual(['src/tax.ts#taxRate']);
  expect(graph.find('src/store.ts')).toHaveLength(6);
  expect(graph.find('nothing of the kind')).toEqual([]);
});

test('CTX-07 CTX-39 no context of code is over its budget, however tokens are counted', async () => {
  const sources = Object.entries(files).map(([path, text]) => parseSource(path, text));
  const graph = new CodeGraph(sources, linkByName(sources));
  const target = constantFrom(...graph.definitions.map(({ id }) => id));
  const estimator = constantFrom(estimateTokens, charsPer4, createEstimator('mistral'), (text: string) => text.length);

  assert(
    property(target, integer({ min: 0, max: 500 }), estimator, boolean(), (id, budgetTokens, count, hideBodies) => {
      const { text, tokens } = buildCodeContext(graph, { targets: [id], budgetTokens, estimator: count, hideBodies });

      expect(count(text)).toBe(tokens);
      expect(tokens).toBeLessThanOrEqual(budgetTokens * 0.8);
    }),
    { numRuns: 300 },
  );
  expect(() => buildCodeContext(graph, { targets: [], budgetTokens: -1 })).toThrow(RangeError);
});

test('a file that is worked on is shown once, its members with it', async () => {
  const { text } = buildCodeContext(await graphOf(files), { targets: (await graphOf(files)).find('src/store.ts'), budgetTokens: 400 });

  expect(text.match(/put\(row: Receipt\)/gu)).toHaveLength(1);
  expect(text.match(/src\/store\.ts:/gu)).toHaveLength(1);
});

test('paths are as the file that is worked on imports them, and in full where there is none or more than one', async () => {
  const graph = await graphOf({ 'src/a/here.ts': "import { far } from '../../lib/far.ts';\nimport { near } from './near.ts';\nexport const here = () => near(far);\n", 'src/a/near.ts': 'export const near = (far: number) => far;\n', 'lib/far.ts': 'export const far = 1;\n' });
  const pathsIn = (targets: string[], query?: string): string[] => buildCodeContext(graph, { targets, budgetTokens: 400, ...(query !== undefined && { query }) }).text.split('\n').filter((line) => line.endsWith(':'));

  expect(pathsIn(['src/a/here.ts#here'])).toEqual(['src/a/here.ts:', '../../lib/far.ts:', './near.ts:']);
  expect(pathsIn([], 'near')).toEqual(expect.arrayContaining(['src/a/near.ts:']));
  expect(pathsIn(['src/a/here.ts#here', 'lib/far.ts#far'])).toEqual(expect.arrayContaining(['src/a/near.ts:']));
});

test('what another file cannot use is ranked after what it can', async () => {
  const kettle = `export class Kettle { #heat = 0; private fill(): void { this.#heat; inner(); } boil(): void { this.fill(); } }\nfunction inner(): void {}\nexport function make(): Kettle { inner(); return new Kettle(); }\n`;
  const graph = await graphOf({ 'kettle.ts': kettle, 'tea.ts': "import { make } from './kettle.ts';\nexport const tea = () => make().boil();\n", 'script.js': 'function alone() {}\n' });
  const order = (target: string): string[] => buildCodeContext(graph, { targets: [target], budgetTokens: 400 }).trace.map(({ id }) => id.slice(id.indexOf('#') + 1));

  expect(order('tea.ts#tea').slice(-3).toSorted()).toEqual(['Kettle.#heat', 'Kettle.fill', 'inner']);
  expect(order('kettle.ts#make').indexOf('inner')).toBeLessThan(order('kettle.ts#make').indexOf('Kettle.boil'));
});

// What a model needs to know to work on one function.
import assert from 'node:assert/strict';
//#region code
import { buildCodeContext, CodeIndex } from '@holdfast/context-cache/extract';

const index = new CodeIndex();
await index.update([
  ['src/order.ts', "import { price } from './price.ts';\nexport function placeOrder(cents: number[]) {\n  return { total: price(cents) };\n}\n"],
  ['src/price.ts', 'export function price(cents: number[]): number {\n  return cents.reduce((sum, each) => sum + each, 0);\n}\n'],
]); // Or indexDirectory(index, 'path/of/the/project').

const context = buildCodeContext(await index.graph(), { targets: ['src/order.ts#placeOrder'], budgetTokens: 2000 });
context.explain('src/price.ts#price'); // rank 2 (0.4286): price is imported by the file
//#endregion
assert.match(context.text, /Related, with paths as src\/order\.ts imports them\n\.\/price\.ts:\nfunction price\(cents: number\[\]\): number$/u);
assert.match(context.explain('src/price.ts#price'), /^rank \d \([\d.]+\): price is imported by the file$/u);
//#region project
import { openCodeProject } from '@holdfast/context-cache/extract';

const project = await openCodeProject({ root: 'packages/context-cache/src/tokens' });
const { text, unknown } = await project.context({ targets: ['countFeatures', 'countWords'], query: 'count the words of a text', budgetTokens: 1500 });
//#endregion
assert.match(text, /^## Working on\nfeatures\.ts:\nexport function countFeatures/u);
assert.deepEqual(unknown, ['countWords']);

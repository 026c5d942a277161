import assert from 'node:assert/strict';
//#region quick-start
import { createSession } from '@holdfast/executor';

await using session = await createSession({ onOutput: ({ text }) => process.stdout.write(text) });

// TypeScript with top-level await; the variables stay for the next cell.
await session.execute('const prices: number[] = await Promise.resolve([9.5, 140, 3.25])');
const sum = await session.execute('console.log("adding up"); prices.reduce((total, price) => total + price)');

// An endless loop ends, the variables are still there.
const loop = await session.execute('for (;;);', { timeoutMs: 200 });
const after = await session.execute('prices.length');

// An error names the place in your own source.
const wrong = await session.execute('const name: string = "x";\n  name.first.second');

console.log(sum.value, loop.cancelled, after.value, wrong.error?.span);
// 152.75 { by: 'timeout', step: 'terminate', namespaceKept: true } 3 { file: 'cell-5.ts', line: 2, column: 14 }
//#endregion
assert.equal(sum.value, 152.75);
assert.equal(sum.stdout, 'adding up\n');
assert.deepEqual(loop.cancelled, { by: 'timeout', step: 'terminate', namespaceKept: true });
assert.equal(after.value, 3);
assert.deepEqual(wrong.error?.span, { file: 'cell-5.ts', line: 2, column: 14 });

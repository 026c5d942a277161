import assert from 'node:assert/strict';
import { createSession } from '@holdfast/executor';

//#region questions
await using session = await createSession({
  onInput: async ({ prompt }) => (prompt === 'Which month?' ? 'May' : null),
  capabilities: {
    offered: { lookUp: 'Gives the sales of a month.' },
    request: async ({ capability, input }) => ({ capability, month: input, sales: 42 }),
  },
});

const { value } = await session.execute(`
  const month = prompt('Which month?'); // waits, and nothing else of the worker stops
  const { sales } = await capabilities.lookUp(month);
  sales
`);
// value is 42. Object.keys(capabilities) lists what there is.
//#endregion
assert.equal(value, 42);

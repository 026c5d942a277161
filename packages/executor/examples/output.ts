import assert from 'node:assert/strict';
//#region output
import { createSession, type SessionOutput } from '@holdfast/executor';

const heard: SessionOutput[] = [];
const wroteLate = Promise.withResolvers<SessionOutput>();
await using session = await createSession({
  onOutput: (output) => (output.late ? wroteLate.resolve(output) : heard.push(output)),
});

const result = await session.execute(`
  console.log('now');
  setTimeout(() => console.log('later'), 20);
`);
const late = await wroteLate.promise; // after the end, and still named after the cell that started the timer
//#endregion
assert.equal(result.stdout, 'now\n');
assert.deepEqual(heard.map(({ text }) => text), ['now\n']);
assert.deepEqual(late, { executionId: result.executionId, stream: 'stdout', text: 'later\n', late: true });

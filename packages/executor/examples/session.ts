import assert from 'node:assert/strict';
//#region session
import { createSession } from '@holdfast/executor';

await using session = await createSession();
await session.execute(`
  enum Size { Small = 1, Large = 3 }
  const price = (size: Size) => size * 10;
`);
const result = await session.execute('console.log("counting"); price(Size.Large) + await Promise.resolve(2)');
// result.value is 32 and result.stdout is "counting\n": names stay from cell to cell.
//#endregion
assert.equal(result.value, 32);
assert.equal(result.stdout, 'counting\n');

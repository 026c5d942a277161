import { openPromises } from '@holdfast/promises/durable';
import { expect, test } from 'vitest';

test.each([
  ['letters', 'x'.repeat(256)],
  ['accents', 'é'.repeat(100)],
  ['ideographs', '日'.repeat(256)],
])('what a run with a long id of %s spawned is found by its id', async (_, id) => {
  await using promises = await openPromises({ mode: 'memory' });
  const spawned = promises.define('spawned', async (context) => context.external({ kind: 'input' }));
  const spawns = promises.define('spawns', async (context) => context.spawn(spawned, undefined));

  const spawnedId = await (await promises.start(spawns, id, undefined)).result();

  expect(await (await promises.attach(spawnedId)).state()).toBe('pending');
  expect(await promises.cancel(spawnedId, 'not needed')).toBe(true);
  await expect(promises.result(spawnedId)).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CANCELLED' });
});

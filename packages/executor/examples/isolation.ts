import assert from 'node:assert/strict';
import { createSession, probeAllIsolation, strongestIsolation } from '@holdfast/executor';

//#region isolation
for (const { level, works, detail } of await probeAllIsolation()) console.log(level, works, detail);

await using session = await createSession({ isolation: await strongestIsolation(), hiddenPaths: ['secrets'] });
const { value } = await session.execute(`
  const { writeFileSync, readFileSync } = await import('node:fs');
  const note = process.env.TMPDIR + '/note.txt'; // its own folder, the only one that it may write to
  writeFileSync(note, 'kept');
  readFileSync(note, 'utf8')
`);
//#endregion
if (session.isolation !== 'process') assert.equal(value, 'kept');

// A function that survives the process: the first process asks and ends, the second one gets the answer and goes on.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
//#region define
import { openPromises, type DurableContext, type Promises } from '@holdfast/promises/durable';

interface Release {
  readonly version: number;
}

async function release(context: DurableContext, { version }: Release): Promise<string> {
  const image = await context.step('build', async () => `app:${version}`); // Done once, whatever happens later.
  const answer = await context.external({ kind: 'approval', data: { text: `Deploy ${image}?` } }); // Days may pass here.
  if (answer !== 'yes') return 'not deployed';
  await context.once('deploy', async () => pretend(`deploy ${image}`)); // Never twice, not even after a crash.
  return `deployed ${image}`;
}
//#endregion

const done: string[] = [];
async function pretend(what: string): Promise<void> {
  done.push(what);
}

const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'durable.db');
//#region start
const open = async (): Promise<Promises> => openPromises({ mode: 'local', path });

const before = await open();
const started = await before.start(before.define('release', release), 'release-7', { version: 7 });
//#endregion
while ((await before.external.pending()).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
//#region restart
await before.close(); // The process ends here, or is killed.

const after = await open();
after.define('release', release);
const [question] = await after.external.pending({ kind: 'approval' }); // What a person is shown,
assert.ok(question);
await after.external.resolve(question.id, 'yes'); // and what they answer.

const result = await after.result<string>('release-7');
//#endregion
assert.equal(started.id, 'release-7');
assert.deepEqual(question.data, { text: 'Deploy app:7?' });
assert.equal(result, 'deployed app:7');
assert.deepEqual(done, ['deploy app:7']);
//#region combine
const combine = after.define('combine', async (context) => {
  const both = await context.all([context.step('left', () => 1), context.step('right', () => 2)]);
  const first = await context.race({ answer: context.external({ kind: 'input' }), patience: context.sleep(20) });
  const lines = await context.all([context.branch('a', countTo(2)), context.branch('b', countTo(3))]);
  return { both, first: first.winner, lines };
});

function countTo(end: number) {
  return async (context: DurableContext): Promise<number> => {
    let count = 0;
    while (count < end) count = await context.step('next', () => count + 1);
    return count;
  };
}
//#endregion
assert.deepEqual(await (await after.start(combine, 'combine', undefined)).result(), { both: [1, 2], first: 'patience', lines: [2, 3] });
//#region dependency
import type { Dependency } from '@holdfast/promises/durable';

const mailer: Dependency<{ send(text: string): Promise<string> }> = {
  name: 'mailer',
  lifetime: 'singleton', // One for all runs; `run` makes one for each.
  create: async () => ({ send: async (text) => `sent ${text}` }),
  dispose: async () => undefined,
};
const notify = after.define('notify', async (context, text: string) =>
  context.step('mail', async ({ use, signal }) => {
    signal.throwIfAborted(); // Aborted when the run is cancelled.
    return (await use(mailer)).send(text);
  }),
);
//#endregion
assert.equal(await (await after.start(notify, 'notify', 'hello')).result(), 'sent hello');
await after.close();

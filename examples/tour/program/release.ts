// One process of the tour: `release.ts FOLDER ask` runs two cells and waits for a person, `release.ts FOLDER answer` is
// what somebody starts after the first one was killed.
import { join } from 'node:path';
import { createSession } from '@holdfast/executor';
import { approveCapability, CapabilityRegistry } from '@holdfast/promises/capabilities';
import { createDurableExecute, defineDurableExecute, openPromises, type CellExecutor, type CellResult, type Dependency } from '@holdfast/promises/durable';
import { createFileCheckpoints } from './file-checkpoints.ts';

const [folder = '', part = ''] = process.argv.slice(2);
const say = (text: string): void => console.log(text);

//#region wire
const promises = await openPromises({ mode: 'local', path: join(folder, 'promises.db') });

// What code may ask of people. A question is a promise in the file, so it is still open after a crash.
const registry = new CapabilityRegistry({ promises: promises.external, transport: { send: ({ args }) => say(`asks: ${JSON.stringify(args[0])}`) } });
registry.register(approveCapability());
const session = await createSession({ sessionId: 'release', capabilities: registry.forSession({ grants: ['human'] }), capabilityTimeoutMs: 86_400_000 });

// The session runs the cells, and knows nothing of durability.
let isNew = true;
const executor: Dependency<CellExecutor> = {
  name: 'executor',
  lifetime: 'run',
  create: () => ({
    execute: async ({ code, executionId }, { signal }) => session.execute(code, { executionId, signal }),
    checkpoint: async () => (await session.checkpoint()).checkpoint,
    restore: async (_, checkpoint) => {
      if (isNew) await session.restore(checkpoint);
      isNew = false;
    },
  }),
};

// A durable function is put around it: the variables are kept before and after each cell.
const durable = defineDurableExecute(promises, { executor, checkpoints: createFileCheckpoints(join(folder, 'checkpoint')), whenInterrupted: 'run-again' });
const execute = createDurableExecute(promises, durable);
//#endregion

//#region cells
const variables = `
  const version = 7;
  const checks = new Map([['types', true], ['tests', true]]);
  const summary = () => [...checks.keys()].join(' and ');
`;
const release = `
  const { approved } = await capabilities.approve({ text: \`Deploy version \${version} after \${summary()}?\` });
  approved ? \`deployed version \${version} after \${summary()}\` : 'not deployed'
`;
//#endregion

if (part === 'ask') {
  const signal = new AbortController().signal;
  const kept = await execute({ sessionId: 'release', executionId: 'variables', code: variables }, { signal });
  say(`keeps its variables: ${kept.status}`);
  await execute({ sessionId: 'release', executionId: 'deploy', code: release }, { signal });
  say('went on without an answer');
} else {
  //#region answer
  const [question] = await promises.external.pending({ kind: 'approve' });
  say(`finds the question: ${question?.id ?? 'none'}`);
  await promises.external.resolve(question?.id ?? '', { approved: true });
  say('answers: yes');
  const { status, value } = await promises.result<CellResult>('deploy');
  say(`the cell goes on: ${status}, ${JSON.stringify(value)}`);
  //#endregion
  const next = await session.execute('[version, checks.size, summary()]');
  say(`the variables are there: ${JSON.stringify(next.value)}`);
}
await promises.close();
await session.close();

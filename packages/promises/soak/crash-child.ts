// One life of a process that is killed: it opens the file or the database, starts the run or goes on with it, and says how it
// ended. In a database another process works beside it. Every effect of a step is a line in a file, so that whoever killed it
// can count them.
import { appendFileSync } from 'node:fs';
import { isHoldfastError } from '@holdfast/protocol';
import { defineDurableExecute, openPromises } from '@holdfast/promises/durable';
import { createFileCheckpoints, createSession } from './crash-session.ts';

const [where = '', effects = '', rounds = '8', durability = 'process', schema = ''] = process.argv.slice(2);
const effect = (name: string): string => {
  appendFileSync(effects, `${name}\n`);
  return name;
};

const promises = where.startsWith('postgres:')
  ? await openPromises({ mode: 'remote', url: where, schema, leaseMs: 1000 })
  : await openPromises({ mode: 'local', path: where, durability: durability === 'power' ? 'power' : 'process' });
const cell = defineDurableExecute(promises, { executor: createSession(), checkpoints: createFileCheckpoints(`${effects}.checkpoint`), whenInterrupted: 'run-again' });
const child = promises.define('child', async (context, name: string) => {
  const done: string[] = [];
  for (const step of ['one', 'two', 'three']) {
    done.push(await context.step(step, () => effect(`${name}:${step}`)));
    await context.sleep(5);
  }
  return done.join();
});
const parent = promises.define('parent', async (context, count: number) => {
  const log: string[] = [];
  for (let round = 0; round < count; round += 1) {
    log.push(await context.step('work', () => effect(`step:${round}`)));
    const paid = context.once('pay', async () => {
      const name = effect(`once:${round}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return name;
    });
    log.push(await paid.catch((error: unknown) => (isHoldfastError(error, 'HOLDFAST_PROMISES_INTERRUPTED') ? `interrupted:${round}` : String(error))));
    const children = await context.all([1, 2, 3].map((number) => context.call(child, `child-${round}-${number}`)));
    log.push(...children);
    const answer = await context.external({ kind: 'question', data: round });
    log.push(`answer:${JSON.stringify(answer)}`);
    const { value } = await context.call(cell, { sessionId: 'session', executionId: `cell-${round}`, code: `v${round}` });
    log.push(`variables:${JSON.stringify(value)}`);
    log.push(String((await context.step('large', () => 'x'.repeat(100_000 + round))).length));
  }
  return log;
});

const run = await promises.start(parent, 'run', Number(rounds));
process.stdout.write('ready\n');
const answering = setInterval(() => {
  promises.external.pending({ kind: 'question' }).then(
    (questions) => questions.forEach(({ id, data }) => void promises.external.resolve(id, data).catch(() => undefined)),
    () => undefined,
  );
}, 10);
const result = await run.result();
clearInterval(answering);
await promises.close();
process.stdout.write(`done ${JSON.stringify(result)}\n`);

/**
 * `npm run chaos`: clients that hang up at random follow one session of a server that is killed again and again, and
 * in the end each has to know exactly what the server's log knows: nothing missing, nothing twice, nothing in another
 * order. Then many clients want the same thing at once, and one has to get it. `-- --seed N` repeats a run; `--kills`,
 * `--disconnects` and `--requests` make a smaller one.
 */
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { NdjsonFollower, SocketFollower, SseFollower, type Follower } from './follower.ts';
import { atOnce } from './at-once.ts';
import { Random } from './random.ts';
import { ServerProcess } from './server-process.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    kills: { type: 'string', default: '20' },
    disconnects: { type: 'string', default: '1000' },
    requests: { type: 'string', default: '10000' },
    verbose: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const leastDisconnects = Number(values.disconnects);
const seed = Number(values.seed);
const random = new Random(seed);
process.stdout.write(`seed ${seed}\n`);

const server = await ServerProcess.create('--isolation', 'process', '--model', 'demo');
try {
  const failures = [...(await streams(server)), ...(await atOnce(server, Number(values.requests)))];
  for (const failure of failures) process.stdout.write(`FAIL ${failure}\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await server.remove();
}

async function streams(target: ServerProcess): Promise<string[]> {
  const session = String((await target.request('POST', '/sessions', { sessionId: 'chaos' })).body['sessionId']);
  const followers: Follower[] = Array.from({ length: 12 }, (_, index) => new ([SocketFollower, NdjsonFollower, SseFollower][index % 3] ?? SocketFollower)(target, session, random));
  let end = Infinity;
  const following = followers.map(async (follower) => follower.run(() => end));
  const disconnects = (): number => followers.reduce((sum, follower) => sum + follower.disconnects, 0);
  const producing = new AbortController();
  const producer = produce(target, session, producing.signal);
  for (let killed = 0; killed < kills; killed += 1) {
    const before = Math.max(...followers.map(({ version }) => version));
    const wanted = before + 30 + random.below(60);
    while (Math.max(...followers.map(({ version }) => version)) < wanted) await pause(5);
    await pause(random.below(20));
    await target.kill();
    await pause(random.below(100));
    await target.start();
    if (values.verbose) process.stdout.write(`kill ${killed + 1}, ${disconnects()} disconnects, versions ${followers.map(({ version }) => version).join(' ')}\n`);
  }
  while (disconnects() < leastDisconnects) await pause(100);
  producing.abort();
  const cells = await producer;

  const log = await readLog(target, session);
  end = log.length;
  for (const follower of followers) follower.hangUp(); // who has everything already would wait for more
  await Promise.all(following);
  process.stdout.write(`${cells} cells, ${log.length} events, ${followers.length} clients, ${disconnects()} disconnects, ${kills} kills\n`);
  return followers.flatMap((follower) => compare(follower, log));
}

/** Keeps the session talking. A cell that dies with the server is recorded as one that did. */
async function produce(target: ServerProcess, session: string, signal: AbortSignal): Promise<number> {
  let cells = 0;
  while (!signal.aborted) {
    const answer = await target.request('POST', `/sessions/${session}/execute`, { code: 'for (let line = 0; line < 20; line += 1) { console.log(line); await new Promise((go) => setTimeout(go, 1)) }', timeoutMs: 5000 }).catch(() => undefined);
    if (answer?.status === 200) cells += 1;
    else await pause(50);
  }
  return cells;
}

async function readLog(target: ServerProcess, session: string): Promise<{ version: number; sequence: number }[]> {
  const log: { version: number; sequence: number }[] = [];
  for (;;) {
    const { body } = await target.request('GET', `/sessions/${session}/events?afterVersion=${log.length}&limit=1000`);
    const events = body['events'] as { version: number; sequence: number }[];
    if (events.length === 0) return log;
    log.push(...events);
  }
}

function compare({ name, told }: Follower, log: readonly { version: number; sequence: number }[]): string[] {
  const wrong = log.findIndex(({ version, sequence }, index) => told[index]?.version !== version || told[index].sequence !== sequence);
  if (wrong >= 0) return [`${name}: message ${wrong + 1} is ${JSON.stringify(told[wrong] ?? null)}, the log has ${JSON.stringify(log[wrong])}`];
  return told.length === log.length ? [] : [`${name}: ${told.length} messages of ${log.length}`];
}

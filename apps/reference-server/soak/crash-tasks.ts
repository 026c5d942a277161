/**
 * Kills the process of a coding task with `kill -9` at random instants until the task comes to its end, round after round,
 * and compares its log with that of a task which nobody killed.
 *
 *     npm run crash -w apps/reference-server -- [rounds] [most kills a round] [seed]
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const [rounds = 5, mostKills = 6, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** What only a restart adds. */
const ofRestarts: ReadonlySet<unknown> = new Set(['TASK_QUEUED', 'TASK_RESUMED']);
let state = seed;

/** How long a task takes that nobody kills, measured at once. */
let wholeMs = 0;
const whole = await runRound(0);
console.log(`seed ${seed}; nobody killed: ${whole.types.length} events`);
let [kills, faults] = [0, 0];
for (let round = 1; round <= rounds; round += 1) {
  // oxlint-disable-next-line no-await-in-loop -- one round after the other
  const outcome = await runRound(mostKills);
  const isSame = outcome.types.join() === whole.types.join() && outcome.passes;
  kills += outcome.kills;
  if (!isSame) faults += 1;
  console.log(`round ${round}: ${outcome.kills} kills, ${isSame ? 'the same end' : `another end: ${outcome.types.join(' ')}, tests ${outcome.passes ? 'pass' : 'fail'}`}`);
}
console.log(`${rounds} rounds, ${kills} kills: ${faults} came to another end`);
process.exitCode = faults > 0 ? 1 : 0;

interface Round {
  readonly kills: number;
  readonly types: readonly unknown[];
  /** Whether the tests that it left pass when run by hand. */
  readonly passes: boolean;
}

async function runRound(mostKilled: number): Promise<Round> {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-crash-'));
  const run = ['tasks', 'run', 'demo', '--id', 'demo-task', '--model', 'demo', '--yes'];
  const goOn = ['tasks', 'watch', 'demo-task', '--model', 'demo', '--yes'];
  const began = performance.now();
  try {
    let killed = 0;
    for (let command = run; ; command = goOn) {
      // oxlint-disable-next-line no-await-in-loop -- the next process goes on where this one was
      let ended = await holdfast(command, cwd, killed < mostKilled ? random() * wholeMs : undefined);
      // oxlint-disable-next-line no-await-in-loop -- it was killed before there was a task
      if (ended.stderr.includes('HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND')) ended = await holdfast(run, cwd);
      if (ended.wasKilled) killed += 1;
      else if (ended.code === 0) break;
      else throw new Error(`holdfast ${command.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
    }
    wholeMs ||= performance.now() - began;
    const { stdout } = await holdfast(['events', 'list', '--json'], cwd);
    const types = stdout.trim().split('\n').map((line): unknown => Reflect.get(Object(JSON.parse(line)), 'type'));
    return { kills: killed, types: types.filter((type) => !ofRestarts.has(type)), passes: passesByHand(join(cwd, '.holdfast/tasks/demo-task')) };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly wasKilled: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, or kills it after a while. */
async function holdfast(args: readonly string[], cwd: string, killAfterMs?: number): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  clearTimeout(timer);
  return { code: child.exitCode, wasKilled: child.signalCode === 'SIGKILL', stdout, stderr };
}

function passesByHand(folder: string): boolean {
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  return tests.length > 0 && spawnSync(process.execPath, ['--test', '--disable-warning=ExperimentalWarning', ...tests], { cwd: folder }).status === 0;
}

/** mulberry32: the same seed, the same instants. */
function random(): number {
  state = (state + 0x6d_2b_79_f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** One run that is killed again and again until it is done, and what of it was lost, wrong or done twice. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Durability } from '@holdfast/promises/durable';

export interface CrashRoundOptions {
  readonly kills: number;
  /** From 0 to 1: when a process is killed. */
  readonly random: () => number;
  readonly durability: Durability;
  /** A database, in which two processes work at once, and one of them is killed. Without it one process works on a file. */
  readonly postgres?: { readonly url: string; readonly schema: string };
}

export interface CrashReport {
  readonly kills: number;
  /** What is wrong; empty when nothing is. */
  readonly faults: readonly string[];
  /** Steps that were done again, which may happen once for each kill and each line of work. */
  readonly repeated: number;
  readonly interrupted: number;
}

const child = fileURLToPath(new URL('crash-child.ts', import.meta.url));
const roundsInFile = 8;
/** Every kill costs a lease there. */
const roundsInDatabase = 3;
const longestLifeMs = 80;
const longestLifeInDatabaseMs = 400;
/** Three children go on beside the parent. */
const parallel = 4;

export async function crashRound({ kills, random, durability, postgres }: CrashRoundOptions): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-crash-'));
  const effects = join(folder, 'effects');
  await writeFile(effects, '');
  const rounds = postgres ? roundsInDatabase : roundsInFile;
  const start = (): Life => live([postgres?.url ?? join(folder, 'promises.db'), effects, String(rounds), durability, postgres?.schema ?? '']);
  const lives = Array.from({ length: postgres ? 2 : 1 }, start);
  let killed = 0;
  for (let life = lives.shift(); life; life = lives.shift()) {
    if (killed < kills) {
      const { process } = life;
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      await life.ready;
      const timer = setTimeout(() => process.kill('SIGKILL'), random() * (postgres ? longestLifeInDatabaseMs : longestLifeMs));
      process.once('exit', () => clearTimeout(timer));
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    const outcome = await life.outcome;
    if (outcome !== undefined) {
      // oxlint-disable-next-line no-await-in-loop -- those that are left come to the same end
      const outcomes = [outcome, ...(await Promise.all(lives.map(async (each) => each.outcome)))];
      // oxlint-disable-next-line no-await-in-loop -- as above
      return report(rounds, outcomes.map(String), await readFile(effects, 'utf8'), killed);
    }
    killed += 1;
    lives.push(start());
  }
  throw new Error('Cannot come here: there is always another life');
}

interface Life {
  readonly process: ChildProcess;
  readonly ready: Promise<unknown>;
  /** The result as JSON; undefined for one that was killed. */
  readonly outcome: Promise<string | undefined>;
}

function live(options: readonly string[]): Life {
  const started = spawn(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', child, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = Promise.withResolvers<void>();
  started.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('ready')) ready.resolve();
  });
  const outcome = once(started, 'close').then(([code, signal]) => {
    ready.resolve();
    if (code !== 0 && signal !== 'SIGKILL') throw new Error(`Cannot go on: a process ended by itself, with ${String(code ?? signal)}`);
    return /^done (.*)$/mu.exec(output)?.[1];
  });
  return { process: started, ready: ready.promise, outcome };
}

function report(rounds: number, outcomes: readonly string[], effects: string, kills: number): CrashReport {
  const counts = new Map<string, number>();
  for (const line of effects.split('\n').filter(Boolean)) counts.set(line, (counts.get(line) ?? 0) + 1);
  const lines = linesOf(outcomes[0]);
  const faults = outcomes.flatMap((outcome) => faultsIn(rounds, linesOf(outcome)));
  const twice = [...counts].filter(([line, count]) => line.startsWith('once:') && count > 1).map(([line]) => `twice: ${line}`);
  const missing = expectedEffects(rounds).filter((line) => !counts.has(line)).map((line) => `not done: ${line}`);
  const repeated = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
  const tooMany = repeated > kills * parallel ? [`${repeated} steps were repeated after ${kills} kills`] : [];
  return { kills, faults: [...faults, ...twice, ...missing, ...tooMany], repeated, interrupted: lines.filter((line) => line.startsWith('interrupted')).length };
}

function linesOf(outcome: string | undefined): readonly string[] {
  const result: unknown = JSON.parse(outcome ?? '[]');
  return Array.isArray(result) ? result.map(String) : [];
}

function faultsIn(rounds: number, lines: readonly string[]): readonly string[] {
  const expected = Array.from({ length: rounds }, (_, round) => expectedLines(round)).flat();
  return expected.flatMap((line, index) => {
    const [wanted, found] = [line, lines[index] ?? 'nothing'];
    if (wanted === found || (wanted.startsWith('once:') && found === wanted.replace('once', 'interrupted'))) return [];
    return [`lost or wrong: expected "${wanted}", found "${found}"`];
  });
}

function expectedLines(round: number): readonly string[] {
  const children = [1, 2, 3].map((number) => ['one', 'two', 'three'].map((step) => `child-${round}-${number}:${step}`).join());
  const names = Array.from({ length: round + 1 }, (_, index) => `v${index}`);
  return [`step:${round}`, `once:${round}`, ...children, `answer:${round}`, `variables:${JSON.stringify(names)}`, String(100_000 + round)];
}

/** What has to have happened; work at most once may not have. */
function expectedEffects(rounds: number): readonly string[] {
  return Array.from({ length: rounds }, (_, round) => [
    `step:${round}`,
    ...[1, 2, 3].flatMap((number) => ['one', 'two', 'three'].map((step) => `child-${round}-${number}:${step}`)),
  ]).flat();
}

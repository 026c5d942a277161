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
const rounds = 8;
const longestLifeMs = 80;
/** Three children go on beside the parent. */
const parallel = 4;

export async function crashRound({ kills, random, durability }: CrashRoundOptions): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-crash-'));
  const [path, effects] = [join(folder, 'promises.db'), join(folder, 'effects')];
  await writeFile(effects, '');
  let killed = 0;
  for (;;) {
    const life = live(path, effects, durability);
    if (killed < kills) {
      const lifeMs = random() * longestLifeMs;
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      await life.ready;
      const timer = setTimeout(() => life.process.kill('SIGKILL'), lifeMs);
      // oxlint-disable-next-line no-await-in-loop -- as above
      const outcome = await life.outcome;
      clearTimeout(timer);
      if (outcome === undefined) {
        killed += 1;
        continue;
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      return report(outcome, await readFile(effects, 'utf8'), killed);
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    const outcome = await life.outcome;
    // oxlint-disable-next-line no-await-in-loop -- as above
    return report(outcome ?? '', await readFile(effects, 'utf8'), killed);
  }
}

interface Life {
  readonly process: ChildProcess;
  readonly ready: Promise<unknown>;
  /** The result as JSON; undefined for one that was killed. */
  readonly outcome: Promise<string | undefined>;
}

function live(path: string, effects: string, durability: Durability): Life {
  const started = spawn(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', child, path, effects, durability], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = Promise.withResolvers<void>();
  started.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('ready')) ready.resolve();
  });
  const outcome = once(started, 'close').then(() => {
    ready.resolve();
    return /^done (.*)$/mu.exec(output)?.[1];
  });
  return { process: started, ready: ready.promise, outcome };
}

function report(outcome: string, effects: string, kills: number): CrashReport {
  const counts = new Map<string, number>();
  for (const line of effects.split('\n').filter(Boolean)) counts.set(line, (counts.get(line) ?? 0) + 1);
  const result: unknown = outcome === '' ? [] : JSON.parse(outcome);
  const lines = Array.isArray(result) ? result.map(String) : [];
  const expected = Array.from({ length: rounds }, (_, round) => expectedLines(round)).flat();
  const faults = expected.flatMap((line, index) => {
    const [wanted, found] = [line, lines[index] ?? 'nothing'];
    if (wanted === found || (wanted.startsWith('once:') && found === wanted.replace('once', 'interrupted'))) return [];
    return [`lost or wrong: expected "${wanted}", found "${found}"`];
  });
  const twice = [...counts].filter(([line, count]) => line.startsWith('once:') && count > 1).map(([line]) => `twice: ${line}`);
  const missing = expectedEffects().filter((line) => !counts.has(line)).map((line) => `not done: ${line}`);
  const repeated = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
  const tooMany = repeated > kills * parallel ? [`${repeated} steps were repeated after ${kills} kills`] : [];
  return { kills, faults: [...faults, ...twice, ...missing, ...tooMany], repeated, interrupted: lines.filter((line) => line.startsWith('interrupted')).length };
}

function expectedLines(round: number): readonly string[] {
  const children = [1, 2, 3].map((number) => ['one', 'two', 'three'].map((step) => `child-${round}-${number}:${step}`).join());
  return [`step:${round}`, `once:${round}`, ...children, `answer:${round}`, String(100_000 + round)];
}

/** What has to have happened; work at most once may not have. */
function expectedEffects(): readonly string[] {
  return Array.from({ length: rounds }, (_, round) => [
    `step:${round}`,
    ...[1, 2, 3].flatMap((number) => ['one', 'two', 'three'].map((step) => `child-${round}-${number}:${step}`)),
  ]).flat();
}

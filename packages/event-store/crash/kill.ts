/**
 * `kill -9` at random instants: a writer under load is killed, the store is opened again and inspected, over and over
 * on the same file. This proves recovery after the death of a process. It cannot prove durability against a loss of
 * power, because what the process wrote survives in the memory of the operating system; `power-loss.ts` does that.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { acknowledge, inspect, isClean, type Acknowledged } from './inspect.ts';
import { type Random } from './random.ts';
import { writerCommand, type WriterOptions } from './writer-command.ts';

export interface KillOptions {
  readonly rounds: number;
  readonly random: Random;
  readonly writer?: WriterOptions;
  /** Ends early, between two rounds. */
  readonly signal?: AbortSignal;
  readonly onRound?: (done: number) => void;
}

export interface KillSummary {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly gaps: number;
  readonly duplicates: number;
  readonly torn: number;
  /** Rounds after which the store did not open or could not be read. */
  readonly unopenable: number;
  /** Kills before the first acknowledgement: while the store was opened or recovered. */
  readonly duringOpening: number;
  readonly problems: readonly string[];
}

/** After so many kills a new file begins, so that the reading stays short. */
const roundsPerFile = 10;

/** Two files are worked on at once, so that the start of a writer does not leave the machine idle. */
const lanes = 2;

export async function killRounds({ rounds, random, writer = {}, signal, onRound }: KillOptions): Promise<KillSummary> {
  const sum: Sum = { rounds: 0, acknowledged: 0, lost: 0, gaps: 0, duplicates: 0, torn: 0, unopenable: 0, duringOpening: 0, problems: [] };
  let begun = 0;
  const begin = (): boolean => {
    if (begun === rounds || signal?.aborted === true) return false;
    begun += 1;
    return true;
  };
  const lane = async (): Promise<void> => {
    for (let goesOn = begin(); goesOn;) {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-crash-'));
      const acknowledged: Acknowledged = new Map();
      try {
        let isWhole = true;
        for (let round = 0; round < roundsPerFile && goesOn && isWhole; round += 1) {
          isWhole = await killAndLook(join(folder, 'events.db'), writer, random, acknowledged, sum);
          onRound?.(sum.rounds);
          goesOn = begin();
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return sum;
}

type Sum = { -readonly [Key in keyof KillSummary]: KillSummary[Key] } & { readonly problems: string[] };

/** One round. Says whether the file is worth another one. */
async function killAndLook(path: string, writer: WriterOptions, random: Random, acknowledged: Acknowledged, sum: Sum): Promise<boolean> {
  const before = acknowledged.size;
  await killOne(path, writer, random, acknowledged);
  sum.rounds += 1;
  sum.acknowledged += acknowledged.size - before;
  if (acknowledged.size === before) sum.duringOpening += 1;
  return look(path, acknowledged, sum);
}

/** Starts a writer and kills it: mostly under load, one time in six at any instant since its start. */
async function killOne(path: string, options: WriterOptions, random: Random, acknowledged: Acknowledged): Promise<void> {
  const [command, ...parameters] = writerCommand(path, options);
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'close');
  let output = '';
  const talks = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      resolve();
    });
  });
  if (random() > 1 / 6) await Promise.race([talks, gone]);
  await Promise.race([delay(random() * 250), gone]);
  child.kill('SIGKILL');
  await gone;
  if (child.signalCode !== 'SIGKILL') throw new Error(`Cannot go on: the writer ended by itself with code ${String(child.exitCode)}`);
  acknowledge(acknowledged, output);
}

/** Opens the store after a kill and inspects it. */
async function look(path: string, acknowledged: Acknowledged, sum: Sum): Promise<boolean> {
  try {
    await using store = await openSqliteEventStore({ path });
    const findings = await inspect(store, acknowledged);
    for (const key of ['lost', 'gaps', 'duplicates', 'torn'] as const) sum[key] += findings[key];
    if (!isClean(findings)) sum.problems.push(`round ${sum.rounds}: ${JSON.stringify(findings)}`);
    return isClean(findings);
  } catch (error) {
    sum.unopenable += 1;
    sum.problems.push(`round ${sum.rounds}: ${String(error)}`);
    return false;
  }
}

/**
 * Loss of power: a recorded run is replayed on a simulated disk up to random instants, and what a crash there may leave
 * is written to a folder and opened as a store. Whatever was printed as acknowledged before the instant must be in it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { Disk, survivals, type Image } from './disk.ts';
import { acknowledge, inspect, isClean, type Acknowledged, type Findings } from './inspect.ts';
import { type Random } from './random.ts';
import { record } from './recorder.ts';
import type { WriterOptions } from './writer-command.ts';

export interface PowerLossOptions {
  /** How many images at least. */
  readonly images: number;
  readonly random: Random;
  readonly writer?: WriterOptions;
  readonly signal?: AbortSignal;
  readonly onImage?: (done: number) => void;
}

export interface PowerLossSummary {
  readonly images: number;
  readonly operations: number;
  readonly flushes: number;
  readonly acknowledged: number;
  readonly lost: number;
  /** Images in which at least one acknowledged event is missing. */
  readonly imagesWithLoss: number;
  readonly gaps: number;
  readonly duplicates: number;
  readonly torn: number;
  readonly unopenable: number;
  readonly problems: readonly string[];
}

export async function powerLoss({ images, random, writer, signal, onImage }: PowerLossOptions): Promise<PowerLossSummary> {
  const operations = await record({ appenders: 8, appends: 24, openings: 3, ...writer });
  const flushes = operations.filter(({ kind }) => kind === 'flush').length;
  const nothing = { acknowledged: 0, lost: 0, imagesWithLoss: 0, gaps: 0, duplicates: 0, torn: 0, unopenable: 0 };
  const sum: Sum = { images: 0, operations: operations.length, flushes, ...nothing, problems: [] };
  const acknowledged: Acknowledged = new Map();
  const disk = new Disk();
  for (const [instant, operation] of operations.entries()) {
    disk.apply(operation);
    if (operation.kind === 'print') acknowledge(acknowledged, operation.text);
    // As many images as are due by now, so that they are spread over the whole run.
    if (signal?.aborted === true || sum.images >= (images * (instant + 1)) / operations.length) continue;
    const kinds = disk.isCertain ? survivals.slice(0, 1) : survivals;
    for (const survival of kinds) {
      const outcome = await openImage(disk.image(survival, random), acknowledged);
      sum.images += 1;
      tally(sum, outcome, `instant ${instant} of ${operations.length}, kept ${survival}`);
      onImage?.(sum.images);
    }
  }
  sum.acknowledged = acknowledged.size;
  return sum;
}

type Outcome = Findings | { readonly error: unknown };

async function openImage(image: Image, acknowledged: Acknowledged): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-image-'));
  try {
    for (const [name, content] of image) writeFileSync(join(folder, name), content);
    // The image is thrown away, so nothing has to be flushed.
    await using store = await openSqliteEventStore({ path: join(folder, 'events.db'), durability: 'process' });
    const findings = await inspect(store, acknowledged);
    await store.append('afterwards', [{ type: 'NOTE_TAKEN', data: {} }]);
    return findings;
  } catch (error) {
    return { error };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Sum = { -readonly [Key in keyof PowerLossSummary]: PowerLossSummary[Key] } & { readonly problems: string[] };

function tally(sum: Sum, outcome: Outcome, where: string): void {
  if ('error' in outcome) {
    sum.unopenable += 1;
    sum.problems.push(`${where}: ${String(outcome.error)}`);
    return;
  }
  for (const key of ['lost', 'gaps', 'duplicates', 'torn'] as const) sum[key] += outcome[key];
  if (outcome.lost > 0) sum.imagesWithLoss += 1;
  if (!isClean(outcome)) sum.problems.push(`${where}: ${JSON.stringify(outcome)}`);
}


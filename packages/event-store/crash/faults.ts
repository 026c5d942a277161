/**
 * What is no crash and still goes wrong: a full disk, a folder without the right to write, a flipped bit, a second
 * writer. Each must give an error with a code, lose nothing that was acknowledged, and pass when its cause has passed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskFull } from './faults/disk-full.ts';
import { flippedBits } from './faults/flipped-bits.ts';
import { readOnlyFolder } from './faults/read-only-folder.ts';
import { secondWriter } from './faults/second-writer.ts';
import { Skipped } from './faults/trial.ts';
import type { Random } from './random.ts';

export interface FaultResult {
  readonly name: string;
  readonly outcome: 'holds' | 'fails' | 'skipped';
  readonly detail: string;
}

export async function faults(random: Random): Promise<readonly FaultResult[]> {
  const all: readonly (readonly [string, (folder: string, random: Random) => Promise<string>])[] = [
    ['disk full, then room again', diskFull],
    ['folder without the right to write', readOnlyFolder],
    ['flipped bits', flippedBits],
    ['second writer', secondWriter],
  ];
  const results: FaultResult[] = [];
  for (const [name, run] of all) {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-fault-'));
    try {
      results.push({ name, outcome: 'holds', detail: await run(folder, random) });
    } catch (error) {
      results.push({ name, outcome: error instanceof Skipped ? 'skipped' : 'fails', detail: String(error instanceof Error ? error.message : error) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return results;
}

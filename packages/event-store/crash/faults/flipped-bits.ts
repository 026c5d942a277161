import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { verifyEvents } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { isHoldfastError } from '@holdfast/protocol';
import { below, type Random } from '../random.ts';
import { expect, note } from './trial.ts';

/** Flips one bit a trial, anywhere in the file. A trial is caught by an error or by the chain of hashes, or the bit was in no event: all that is read is right. */
export async function flippedBits(folder: string, random: Random): Promise<string> {
  const path = join(folder, 'events.db');
  const appended: string[] = [];
  const store = await openSqliteEventStore({ path });
  for (let count = 0; count < 200; count += 1) appended.push(JSON.stringify(await store.append(`task-${count % 7}`, [note(300)])));
  await store.close();
  const original = readFileSync(path);
  const counts = { caught: 0, harmless: 0, unnoticed: 0 };
  for (let trial = 0; trial < 200; trial += 1) {
    const at = below(random, original.length);
    const bit = below(random, 8);
    flip(path, at, bit);
    counts[await readAgain(path, appended)] += 1;
    restore(path, original);
  }
  const detail = `${counts.caught} caught, ${counts.harmless} in unused bytes, ${counts.unnoticed} changed an event unnoticed, of 200`;
  expect(counts.unnoticed === 0, detail);
  return detail;
}

async function readAgain(path: string, appended: readonly string[]): Promise<'caught' | 'harmless' | 'unnoticed'> {
  try {
    await using store = await openSqliteEventStore({ path });
    const read: string[] = [];
    if (!(await verifyEvents(store)).isIntact) return 'caught';
    for await (const event of store.read()) read.push(JSON.stringify([event]));
    return read.length === appended.length && read.every((text, index) => text === appended[index]) ? 'harmless' : 'unnoticed';
  } catch (error) {
    if (isHoldfastError(error)) return 'caught';
    throw error;
  }
}

function flip(path: string, at: number, bit: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8() ^ (1 << bit));
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

function restore(path: string, original: Buffer): void {
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  writeFileSync(path, original);
}

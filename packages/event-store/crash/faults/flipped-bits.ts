import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { verifyEvents, type Event, type EventStore } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { isHoldfastError } from '@holdfast/protocol';
import { below, type Random } from '../random.ts';
import { expect, note } from './trial.ts';

/** Enough for the indexes to be written too. */
const events = 4500;
const tasks = 9;
const trials = 100;

/**
 * Flips one bit a trial, anywhere in the file. A trial is caught by an error or by the chain of hashes, or it is harmless:
 * all that is read is what was appended, the log as a whole and each of its tasks.
 */
export async function flippedBits(folder: string, random: Random): Promise<string> {
  const path = join(folder, 'events.db');
  const store = await openSqliteEventStore({ path });
  await store.appendMany(Array.from({ length: events }, (_, index) => ({ taskId: `task-${index % tasks}`, events: [note(50)] })));
  const appended = await readAll(store);
  await store.close();
  const original = readFileSync(path);
  const counts = { caught: 0, harmless: 0, unnoticed: 0 };
  for (let trial = 0; trial < trials; trial += 1) {
    flip(path, below(random, original.length), below(random, 8));
    counts[await readAgain(path, appended)] += 1;
    restore(path, original);
  }
  const detail = `${counts.caught} caught, ${counts.harmless} harmless, ${counts.unnoticed} changed what is read and were not noticed, of ${trials}`;
  expect(counts.unnoticed === 0, detail);
  return detail;
}

async function readAgain(path: string, appended: string): Promise<'caught' | 'harmless' | 'unnoticed'> {
  try {
    await using store = await openSqliteEventStore({ path });
    if (!(await verifyEvents(store)).isIntact) return 'caught';
    return (await readAll(store)) === appended ? 'harmless' : 'unnoticed';
  } catch (error) {
    if (isHoldfastError(error)) return 'caught';
    throw error;
  }
}

async function readAll(store: EventStore): Promise<string> {
  const read: Event[] = [];
  for await (const event of store.read()) read.push(event);
  for (let task = 0; task < tasks; task += 1) for await (const event of store.read({ taskId: `task-${task}` })) read.push(event);
  return JSON.stringify([read, await store.streams()]);
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

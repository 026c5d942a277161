import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { expect, test } from 'vitest';
import { freshPath } from './fresh-path.ts';

const script = fileURLToPath(new URL('process/append-for-ever.ts', import.meta.url));

/** Starts a writer, kills it once it acknowledged so many events, and gives all the lines that it got out. */
async function killAfter(acknowledged: number, path: string, durability: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', script, path, durability], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === acknowledged) child.kill('SIGKILL');
  }
  await gone;
  expect(child.signalCode).toBe('SIGKILL');
  return lines;
}

test.each(['power', 'process'])('EV-38 nothing that was acknowledged for %s is lost to kill -9, again and again, and the lock is free', async (durability) => {
  const path = freshPath();
  const acknowledged: string[] = [];
  for (const count of [1, 40, 137]) acknowledged.push(...(await killAfter(count, path, durability))); // oxlint-disable-line no-await-in-loop -- one life after the other

  const store = await openSqliteEventStore({ path });
  const stored: string[] = [];
  const numbers: number[] = [];
  const versions = new Map<string, number[]>();
  for await (const event of store.read()) {
    stored.push(`${event.sequenceNumber} ${event.eventId}`);
    numbers.push(event.sequenceNumber);
    versions.set(event.taskId, [...(versions.get(event.taskId) ?? []), event.streamVersion]);
  }

  const kept = new Set(stored);
  expect(acknowledged.length).toBeGreaterThanOrEqual(178);
  expect(acknowledged.filter((line) => !kept.has(line))).toEqual([]);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  for (const own of versions.values()) expect(own).toEqual(own.map((_, index) => index + 1));
  await store.close();
});

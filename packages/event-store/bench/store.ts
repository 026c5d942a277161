/** A store to measure, and what is done to it. */
import { join } from 'node:path';
import type { EventStore, Projection } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { note, type } from './payload.ts';
import { withFolder } from './scratch.ts';

export async function withStore<Result>(run: (store: EventStore, path: string) => Promise<Result>, durability: 'power' | 'process' = 'power'): Promise<Result> {
  return withFolder(async (folder) => {
    const path = join(folder, 'events.db');
    await using store = await openSqliteEventStore({ path, durability });
    return await run(store, path);
  });
}

/** So many events, one to each task in turn. */
export async function fill(store: EventStore, total: number, taskOf = (index: number) => `task-${index % 100}`): Promise<void> {
  const together = 1000;
  for (let done = 0; done < total; done += together) {
    await store.appendMany(Array.from({ length: together }, (_, index) => ({ taskId: taskOf(done + index), events: [note] })));
  }
}

export const tally: Projection<{ readonly count: number; readonly bytes: number }> = {
  name: 'tally',
  types: [type],
  initial: () => ({ count: 0, bytes: 0 }),
  apply: (state, event) => ({ count: state.count + 1, bytes: state.bytes + Number(event.data['attempt']) }),
};

export async function countOf(events: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of events) count += 1;
  return count;
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Each second. */
export async function timed(amount: number, work: () => Promise<unknown>): Promise<number> {
  return amount / (await secondsOf(work));
}

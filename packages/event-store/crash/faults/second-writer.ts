import { join } from 'node:path';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import type { Acknowledged } from '../inspect.ts';
import { appendNote, expect, expectClean, openInChild } from './trial.ts';

export async function secondWriter(folder: string): Promise<string> {
  const path = join(folder, 'events.db');
  const acknowledged: Acknowledged = new Map();
  const store = await openSqliteEventStore({ path });
  await appendNote(store, acknowledged);
  const refusal = openInChild(path);
  expect(refusal.code === 'HOLDFAST_EVENT_STORE_LOCKED', `answered ${JSON.stringify(refusal)}`);
  expect((await appendNote(store, acknowledged)) === undefined, 'the first writer could not go on');
  await expectClean(store, acknowledged);
  await store.close();
  expect(openInChild(path).sequenceNumber === 3, 'the second writer could not follow the first');
  return 'HOLDFAST_EVENT_STORE_LOCKED while the first lives, who goes on; free afterwards';
}

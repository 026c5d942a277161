import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import type { Acknowledged } from '../inspect.ts';
import { appendNote, expect, expectCleanFile, openInChild } from './trial.ts';

export async function readOnlyFolder(folder: string): Promise<string> {
  const path = join(folder, 'events.db');
  const acknowledged: Acknowledged = new Map();
  const store = await openSqliteEventStore({ path });
  await appendNote(store, acknowledged);
  await store.close();
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  const refusal = openInChild(path, true);
  expect(refusal.code !== undefined && refusal.message?.includes(path) === true, `answered ${JSON.stringify(refusal)}`);
  chmodSync(folder, 0o755);
  chmodSync(path, 0o644);
  await expectCleanFile(path, acknowledged);
  return `${refusal.code} names the path; nothing lost`;
}

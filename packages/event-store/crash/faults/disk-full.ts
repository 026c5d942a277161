import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import type { Acknowledged } from '../inspect.ts';
import { appendNote, expect, expectClean, expectCleanFile, Skipped } from './trial.ts';

export async function diskFull(folder: string): Promise<string> {
  const mount = (size: number, flags: string): boolean =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', `${flags}size=${size}m`, 'tmpfs', folder], { stdio: 'ignore' }).status === 0;
  if (!mount(8, '')) throw new Skipped('a small disk can be mounted by root only');
  try {
    const acknowledged: Acknowledged = new Map();
    const store = await openSqliteEventStore({ path: join(folder, 'events.db') });
    const refusals = new Map<string, number>();
    for (let count = 0; count < 4000 && (refusals.get('HOLDFAST_EVENT_STORE_DISK_FULL') ?? 0) < 50; count += 1) {
      const code = await appendNote(store, acknowledged, 4000);
      if (code !== undefined) refusals.set(code, (refusals.get(code) ?? 0) + 1);
    }
    expect(refusals.size === 1 && refusals.has('HOLDFAST_EVENT_STORE_DISK_FULL'), `refused with ${JSON.stringify([...refusals])}`);
    const kept = acknowledged.size;
    await expectClean(store, acknowledged);
    expect(mount(64, 'remount,'), 'the disk could not be made larger');
    for (let count = 0; count < 100; count += 1) expect((await appendNote(store, acknowledged, 4000)) === undefined, 'an append failed although there was room');
    await store.close();
    await expectCleanFile(join(folder, 'events.db'), acknowledged);
    return `${kept} appends fitted into 8 MB, 50 were refused, all succeed with more room`;
  } finally {
    spawnSync('umount', [folder], { stdio: 'ignore' });
  }
}

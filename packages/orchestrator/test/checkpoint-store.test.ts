import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryCheckpointStore, openFolderCheckpointStore, type CheckpointStore } from '@holdfast/orchestrator';
import type { CheckpointData } from '@holdfast/protocol';
import { afterAll, describe, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'holdfast-checkpoints-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const newFolder = (): string => join(root, String((folders += 1)));

function checkpoint(checkpointId: string, byte = 1): CheckpointData {
  return { checkpointId, executionId: 'e-1', format: 1, namespace: Uint8Array.of(byte, 2, 3), digest: 'a'.repeat(64), size: 3, createdAt: 7 };
}

const hostileIds = ['../up', 'a/b', '.', 'nul\u0001', 'ü', 'x'.repeat(256), '日'.repeat(200)];

describe.each<{ adapter: string; open: () => CheckpointStore }>([
  { adapter: 'memory', open: createMemoryCheckpointStore },
  { adapter: 'folder', open: () => openFolderCheckpointStore(newFolder()) },
])('PR-33 checkpoint store: $adapter', ({ open }) => {
  test('what was saved is found by id, and the newest without one', async () => {
    const store = open();
    await store.save('s', checkpoint('one', 1));
    await store.save('s', checkpoint('two', 2));

    expect(await store.find('s', 'one')).toEqual(checkpoint('one', 1));
    expect(await store.find('s')).toEqual(checkpoint('two', 2));
    expect((await store.list('s')).map(({ checkpointId }) => checkpointId)).toEqual(['one', 'two']);
  });

  test('nothing is found where nothing is', async () => {
    const store = open();

    expect(await store.find('s')).toBeUndefined();
    expect(await store.find('s', 'one')).toBeUndefined();
    expect(await store.list('s')).toEqual([]);
    await store.remove('s');
  });

  test('saving one id again replaces it and makes it the newest', async () => {
    const store = open();
    await store.save('s', checkpoint('one', 1));
    await store.save('s', checkpoint('two', 2));
    await store.save('s', checkpoint('one', 9));

    expect(await store.find('s')).toEqual(checkpoint('one', 9));
    expect(await store.list('s')).toHaveLength(2);
  });

  test('EV-44 sessions and ids of any letters are kept apart', async () => {
    const store = open();
    for (const [index, id] of hostileIds.entries()) await store.save(id, checkpoint(id, index));

    for (const [index, id] of hostileIds.entries()) expect(await store.find(id, id)).toEqual(checkpoint(id, index));
    await store.remove('../up');
    expect(await store.find('../up')).toBeUndefined();
    expect(await store.find('a/b')).toBeDefined();
  });
});

test('a folder outlives its store, keeps the newest only, and says what it cannot read', async () => {
  const folder = newFolder();
  const store = openFolderCheckpointStore(folder, { maxPerSession: 3 });
  for (let index = 1; index <= 5; index += 1) await store.save('s', checkpoint(`c-${index}`, index));

  const reopened = openFolderCheckpointStore(folder);

  expect((await reopened.list('s')).map(({ checkpointId }) => checkpointId)).toEqual(['c-3', 'c-4', 'c-5']);
  const [session = ''] = readdirSync(folder);
  const newest = readdirSync(join(folder, session)).toSorted().at(-1) ?? '';
  writeFileSync(join(folder, session, newest), 'torn');
  await expect(reopened.find('s')).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_CHECKPOINT_CORRUPT' });
  expect(await reopened.find('s', 'c-4')).toEqual(checkpoint('c-4', 4));
});

test.each([1, 2])('a folder that keeps %d checkpoints of a session keeps no more', async (maxPerSession) => {
  const store = openFolderCheckpointStore(newFolder(), { maxPerSession });

  for (const id of ['one', 'two', 'three', 'three']) await store.save('s', checkpoint(id));

  expect((await store.list('s')).map(({ checkpointId }) => checkpointId)).toEqual(['one', 'two', 'three'].slice(-maxPerSession));
});

import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryEventStore, exportEvents, importEvents, verifyEvents, type EventStore } from '@holdfast/event-store';
import type { JsonValue } from '@holdfast/protocol';
import { exportToFile, importFromFile } from '@holdfast/event-store/file';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, events, note, records, upTo } from './collect.ts';
import { freshFolder, freshPath } from './fresh-path.ts';

async function fill(store: EventStore, count = 30): Promise<void> {
  for (const index of upTo(count)) {
    await store.append(`täsk ${index % 3}\u2028`, [{ ...note(index), codeVersion: index, vectorClock: { ['__proto__']: index }, correlationId: 'r "1"' }]);
  }
}

test('EV-37 every line of an export is JSON, and an import gives an equal store that goes on', async () => {
  const source = await openSqliteEventStore({ path: freshPath() });
  await fill(source);
  const lines = await collect(exportEvents(source));
  const copy = createMemoryEventStore();

  expect(await importEvents(copy, lines)).toBe(30);

  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(parsed[0]).toEqual({ format: 'holdfast-events', formatVersion: 1, afterSequence: 0 });
  expect(parsed.at(-1)).toEqual({ end: { events: 30, hash: (await verifyEvents(source)).last.hash } });
  expect(lines.every((line) => !/[\n\r]/u.test(line))).toBe(true);
  expect(await records(copy)).toEqual(await records(source));
  expect(await copy.append('new', [note(0)])).toMatchObject([{ sequenceNumber: 31 }]);
  await source.close();
});

test('EV-37 any events survive export and import to the letter', async () => {
  const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as JsonValue);
  await expect(
    fc.assert(
      fc.asyncProperty(fc.array(fc.record({ taskId: fc.constantFrom('a', 'b', '__proto__'), value: json, clock: fc.nat() }), { maxLength: 12 }), async (inputs) => {
        const [source, copy] = [createMemoryEventStore(), createMemoryEventStore()];
        for (const { taskId, value, clock } of inputs) await source.append(taskId, [{ type: 'T', data: { value }, vectorClock: { constructor: clock } }]);

        await importEvents(copy, await collect(exportEvents(source)));

        expect(await records(copy)).toEqual(await records(source));
      }),
      { numRuns: 100 },
    ),
  ).resolves.toBeUndefined();
});

test('an import that was interrupted is done again, and one of a part goes on where the store ends', async () => {
  const source = createMemoryEventStore();
  await fill(source);
  const lines = await collect(exportEvents(source));
  const copy = createMemoryEventStore();

  await expect(importEvents(copy, lines.slice(0, 11))).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_BAD_EXPORT', message: expect.stringContaining('cut off') as string });
  expect(await importEvents(copy, lines)).toBe(30);
  expect(await importEvents(copy, lines)).toBe(0);
  await fill(source, 5);
  expect(await importEvents(copy, await collect(exportEvents(source, { afterSequence: 28 })))).toBe(5);

  expect(await events(copy)).toEqual(await events(source));
});

test.each<[string, (lines: string[]) => string[], string]>([
  ['a line that is no JSON', (lines) => lines.with(5, '{'), 'line 6'],
  ['a line that is no event', (lines) => lines.with(5, '{"schemaVersion":1}'), 'line 6'],
  ['a file of another kind', (lines) => ['{"name":"package"}', ...lines], 'line 1'],
  ['a newer format', (lines) => lines.with(0, '{"format":"holdfast-events","formatVersion":2,"afterSequence":0}'), 'line 1'],
  ['a missing end', (lines) => lines.slice(0, -1), 'line 32'],
  ['an end that counts other events', (lines) => [...lines.slice(0, -1), `{"end":{"events":7,"hash":""}}`], 'line 32'],
  ['something after the end', (lines) => [...lines, '{}'], 'line 33'],
  ['nothing', () => [], 'line 1'],
])('%s is refused with its line', async (_what, damage, where) => {
  const source = createMemoryEventStore();
  await fill(source);
  const lines = await collect(exportEvents(source));

  const importing = importEvents(createMemoryEventStore(), damage(lines));

  await expect(importing).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_BAD_EXPORT', message: expect.stringContaining(where) as string });
});

test.each<[string, (line: string) => string]>([
  ['changed', (line) => line.replace('"codeVersion":5', '"codeVersion":6')],
  ['left out', () => ''],
])('an event line that was %s breaks the chain, and nothing of its batch is kept', async (_what, damage) => {
  const source = createMemoryEventStore();
  await fill(source);
  const lines = await collect(exportEvents(source));
  const copy = createMemoryEventStore();

  await expect(importEvents(copy, lines.with(5, damage(lines[5] ?? '')))).rejects.toHaveProperty('code', expect.stringMatching(/CHAIN_BROKEN|BAD_EXPORT/u));

  expect(await copy.head()).toBe(0);
});

test('EV-38 an export to a file is there whole or not at all, and its import gives the same events', async () => {
  const folder = freshFolder();
  const source = await openSqliteEventStore({ path: join(folder, 'events.db') });
  await fill(source, 1200);
  const path = join(folder, 'events.ndjson');
  const progress: unknown[] = [];

  expect(await exportToFile(source, path, { onProgress: (each) => progress.push(each) })).toBe(1200);
  const before = readFileSync(path, 'utf8');
  const stopping = new AbortController();
  await expect(
    exportToFile(source, path, { signal: stopping.signal, onProgress: () => stopping.abort(new Error('enough')) }),
  ).rejects.toThrow('enough');

  expect(readFileSync(path, 'utf8')).toBe(before);
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  expect(progress).toEqual([
    { done: 1000, total: 1200 },
    { done: 1200, total: 1200 },
  ]);
  const copy = createMemoryEventStore();
  expect(await importFromFile(copy, path)).toBe(1200);
  expect(await events(copy)).toEqual(await events(source));
  await source.close();
});

test('EV-41 a file that cannot be written or read is named, with what the system says', async () => {
  const folder = freshFolder();
  const store = createMemoryEventStore();
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'file'), '');
  chmodSync(join(folder, 'file'), 0o600);

  await expect(exportToFile(store, join(folder, 'none', 'x'))).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_EXPORT_FAILED', message: expect.stringContaining('ENOENT') as string });
  await expect(exportToFile(store, join(folder, 'folder'))).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_EXPORT_FAILED' });
  await expect(importFromFile(store, join(folder, 'none'))).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_EXPORT_FAILED' });
  await expect(importFromFile(store, join(folder, 'file'))).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_BAD_EXPORT' });
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
});

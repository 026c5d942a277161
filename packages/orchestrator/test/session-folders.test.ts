import { existsSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSessionFolders } from '@holdfast/orchestrator';
import { expect, test } from 'vitest';

const newPlace = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-folders-')));

test('a session keeps its folder, whatever its id is, and it goes with the session', async () => {
  const folders = openSessionFolders(newPlace());
  const folder = folders.pathOf('../../etc');

  writeFileSync(join(folder, 'a'), 'kept');

  expect(folders.pathOf('../../etc')).toBe(folder);
  await folders.remove('../../etc');
  expect(existsSync(folder)).toBe(false);
});

test('a spare folder is given once, stays the same over a new start, and goes with its session', async () => {
  const place = newPlace();
  const folders = openSessionFolders(place);
  const spare = folders.addSpare();

  expect(folders.giveSpare('one')).toBe(true);
  expect(folders.giveSpare('one')).toBe(false);
  expect(folders.giveSpare('two')).toBe(false);
  expect([folders.pathOf('one'), openSessionFolders(place).pathOf('one')]).toEqual([spare, spare]);
  expect(folders.pathOf('two')).not.toBe(spare);
  await folders.remove('one');
  await folders.remove('two');
  expect(readdirSync(place)).toEqual([]);
});

test('what a session that came to nothing was given is given to the next one', () => {
  const folders = openSessionFolders(newPlace());
  const spare = folders.addSpare();

  folders.giveSpare('refused');
  folders.takeBack('refused');

  expect(folders.giveSpare('next')).toBe(true);
  expect(folders.pathOf('next')).toBe(spare);
});

test('folders that nobody was given are removed by the next start', () => {
  const place = newPlace();
  openSessionFolders(place).addSpare();

  openSessionFolders(place);

  expect(readdirSync(place)).toEqual([]);
});

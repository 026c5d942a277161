import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Lock, lockFaults } from '../src/lock.ts';
import { root } from '../src/projects.ts';

test('the lock file is complete for every platform and names no registry', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;

  expect(lockFaults(lock)).toEqual([]);
});

test('an optional dependency without an entry is a fault, wherever Node would look for it', () => {
  const lock: Lock = {
    packages: {
      'node_modules/a': { optionalDependencies: { near: '1', top: '1' } },
      'node_modules/a/node_modules/near': {},
      'node_modules/top': {},
      'packages/b/node_modules/@scope/c': { optionalDependencies: { top: '1', 'c-win32': '1' } },
      'packages/d': { optionalDependencies: { near: '1' } },
    },
  };

  expect(lockFaults(lock)).toEqual([
    '"packages/b/node_modules/@scope/c" names "c-win32", which has no entry',
    '"packages/d" names "near", which has no entry',
  ]);
});

test('an address is a fault, a link to a folder is none', () => {
  const lock: Lock = { packages: { 'node_modules/a': { resolved: 'https://npm.example/a.tgz' }, 'node_modules/b': { resolved: 'packages/b' } } };

  expect(lockFaults(lock)).toEqual(['"node_modules/a" names the address "https://npm.example/a.tgz"']);
});

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));
const specifier = /\b(?:from|import)\s*\(?\s*'(?<name>\.[^'\s]*\.ts)'/gu;

/** Which files of one folder import which files of another, directly or through others. */
function reaches(from: string, to: string): string[] {
  return globSync(`${from}/**/*.ts`, { cwd: source }).flatMap((start) => {
    const seen = new Set<string>();
    const open = [start];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const { groups } of readFileSync(join(source, file), 'utf8').matchAll(specifier)) open.push(join(dirname(file), groups!['name']!));
    }
    return [...seen].filter((file) => !relative(to, file).startsWith('..')).map((file) => `${start} reaches ${file}`);
  });
}

test('the worker, which boots in another process, imports nothing of the session', () => {
  expect(reaches('worker', 'session')).toEqual([]);
  expect(reaches('worker', 'process')).toEqual([]);
});

test('the session imports nothing of the worker', () => {
  expect(reaches('session', 'worker')).toEqual([]);
  expect(reaches('process', 'worker')).toEqual([]);
});

test('the reader of imports sees what is there', () => {
  expect(reaches('session', 'process')).toContain('session/session.ts reaches process/worker-process.ts');
});

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMemoryMetrics, createSession } from '@holdfast/executor';
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

test('EX-90 a session takes one object of options, and nothing durable comes into this package', async () => {
  const { dependencies } = JSON.parse(readFileSync(join(source, '../package.json'), 'utf8')) as { dependencies: object };

  expect(Object.keys(dependencies).toSorted()).toEqual(['@holdfast/namespace', '@holdfast/protocol', 'acorn', 'acorn-walk', 'zod']);
  await using session = await createSession({ sessionId: 'options', language: 'javascript', metrics: createMemoryMetrics(), cacheSize: 1 });
  expect([session.id, session.language]).toEqual(['options', 'javascript']);
});

test.each([
  ['session/session.ts', 'Session'],
  ['session/session-manager.ts', 'SessionManager'],
  ['process/warm-pool.ts', 'WarmPool'],
  ['../../namespace/src/namespace.ts', 'Namespace'],
  ['../../namespace/src/history.ts', 'History'],
])('EX-92 %s says what is safe at the same time', (file, name) => {
  const text = readFileSync(join(source, file), 'utf8');
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\nexport class ${name} `, 'u').exec(text)?.[1];

  expect(comment).toMatch(/at the same time|concurren|one after the other/iu);
});

test('EX-96 tests of this package wait for events and never sleep', () => {
  const tests = fileURLToPath(new URL('.', import.meta.url));
  const sleeping = globSync('**/*.ts', { cwd: tests }).flatMap((file) => {
    const code = readFileSync(join(tests, file), 'utf8').replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/gu, '""');
    return /\bsetTimeout\s*\(/u.test(code) ? [file] : [];
  });

  expect(sleeping).toEqual([]);
});

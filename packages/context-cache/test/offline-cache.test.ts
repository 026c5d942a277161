import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnlineCache, type CacheNode } from '@holdfast/context-cache';
import { openOfflineCache, type EmbeddingPort, type OfflineCache, type OfflineCacheOptions } from '@holdfast/context-cache/sqlite';
import { TaskPriority } from '@holdfast/protocol';
import { array, assert, constantFrom, dictionary, integer, jsonValue, property, record, string } from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-offline-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'cache.db');
}

function unexpected(warning: string): never {
  return expect.fail(warning);
}

function open(options: Partial<OfflineCacheOptions> = {}): OfflineCache {
  const cache = openOfflineCache({ path: ':memory:', onWarning: unexpected, ...options });
  onTestFinished(() => cache.close());
  return cache;
}

/** Each group of words is one direction. */
const meanings = [['email', 'mail', 'address'], ['parse', 'syntax', 'grammar'], ['sort', 'order', 'compare']];
const embedding: EmbeddingPort = {
  model: 'groups',
  embed: async (texts) => texts.map((text) => Float32Array.from(meanings, (words) => words.filter((word) => text.toLowerCase().includes(word)).length)),
};

test('CTX-56 CTX-57 CTX-61 what is put is in the file, and a missing file is an empty cache', () => {
  const path = file();
  const first = openOfflineCache({ path, onWarning: unexpected });
  expect(first.size).toBe(0);
  const node = first.put({ id: 'module:parser', summary: 'Reads text', dependencies: ['module:lexer'], clock: { w1: 3 }, metadata: { deep: [1, { a: null }] } }, TaskPriority.HIGH);
  first.link('module:parser', 'tested_by', 'test:parser');
  first.close();

  const again = open({ path });

  expect(again.find('module:parser')).toEqual(node);
  expect(again.priorityOf('module:parser')).toBe(TaskPriority.HIGH);
  expect(again.graph().related('module:parser').missing).toEqual(['module:lexer', 'test:parser']);
  expect(() => openOfflineCache({ path: join(path, 'in', 'a', 'file'), onWarning: unexpected })).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_STORE_FAILED' }));
});

test.each([
  ['no database', (path: string) => writeFileSync(path, 'this was never a database, and it is long enough to look at')],
  ['a page overwritten', (path: string) => {
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096, 3 * 4096);
    writeFileSync(path, bytes);
  }],
])('CTX-62 a damaged file is put aside, never overwritten, and told of: %s', (_, damage) => {
  const path = file();
  const before = openOfflineCache({ path, onWarning: unexpected });
  for (let at = 0; at < 50; at += 1) before.put({ id: `concept:c${at}`, summary: `text ${at} `.repeat(40) });
  before.close();
  damage(path);
  const bytes = readFileSync(path);
  const warnings: string[] = [];

  for (let time = 0; time < 2; time += 1) {
    if (time > 0) damage(path);
    openOfflineCache({ path, onWarning: (warning) => warnings.push(warning) }).close();
  }

  expect(readFileSync(`${path}.damaged-1`)).toEqual(bytes);
  expect(existsSync(`${path}.damaged-2`)).toBe(warnings.length === 2);
  expect(warnings[0]).toBe(`The cache in "${path}" is damaged; it is kept as "${path}.damaged-1", and an empty one takes its place`);
});

test('CTX-61 a database of somebody else is refused and left as it is', () => {
  const path = file();
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
  other.close();
  const bytes = readFileSync(path);

  expect(() => openOfflineCache({ path, onWarning: unexpected })).toThrow(/it is a database of another kind/u);
  expect(readFileSync(path)).toEqual(bytes);
  expect(readdirSync(join(path, '..'))).toEqual(['cache.db']);
});

test('CTX-58 a search by meaning finds what means the same in other words, and nothing else', async () => {
  const cache = open({ embedding });
  cache.put({ id: 'function:checkMail', summary: 'Tells whether a mail address is one' });
  cache.put({ id: 'function:parse', summary: 'Grammar to syntax tree' });
  cache.put({ id: 'function:nothing', summary: 'Unrelated' });

  const hits = await cache.search('email validation');

  expect(hits.map(({ node: { id }, by }) => [id, by])).toEqual([['function:checkMail', 'embedding']]);
});

test('CTX-58 a changed node is embedded anew, and vectors of another model are never compared', async () => {
  const path = file();
  const first = openOfflineCache({ path, embedding, onWarning: unexpected });
  first.put({ id: 'function:f', summary: 'sort and compare' });
  await first.search('order');
  first.put({ id: 'function:f', summary: 'mail address' });

  expect(await first.search('order')).toEqual([]);
  first.close();
  const other = open({ path, embedding: { model: 'constant', embed: async (texts) => texts.map(() => Float32Array.of(1)) } });
  expect(await other.search('anything')).toHaveLength(1);
});

test('CTX-59 without embeddings, or where they fail, keywords find it, cut out of identifiers', async () => {
  const warnings: string[] = [];
  const failing = open({ embedding: { model: 'down', embed: async () => Promise.reject(new Error('no answer')) }, onWarning: (warning) => warnings.push(warning) });
  const plain = open();
  for (const cache of [failing, plain]) {
    cache.put({ id: 'function:validateEmailAddress', summary: 'Checks form' });
    cache.put({ id: 'function:parseTree', summary: 'Reads "quoted" text OR more' });
    const hits = await cache.search('email validation');

    expect(hits.map(({ node: { id }, by }) => [id, by])).toEqual([['function:validateEmailAddress', 'keywords']]);
  }
  expect(warnings[0]).toMatch(/"down" failed, keywords are searched instead: no answer/u);
  expect(plain.searchKeywords('"quoted" OR * AND (')).toHaveLength(1);
  expect(plain.searchKeywords('""')).toEqual([]);
});

test('CTX-60 what much refers to ranks first, and the ranks follow changes', () => {
  const cache = open();
  for (const name of ['a', 'b', 'c']) cache.put({ id: `module:${name}`, dependencies: ['module:base'] });
  cache.put({ id: 'module:base' });
  cache.put({ id: 'module:alone' });

  expect([...cache.ranks().keys()][0]).toBe('module:base');
  expect(cache.ranks()).toBe(cache.ranks());
  for (const name of ['a', 'b', 'c', 'base']) cache.link(`module:${name}`, 'references', 'module:alone');
  expect([...cache.ranks().keys()][0]).toBe('module:alone');
});

test('CTX-63 ten thousand nodes are searched without going through them', () => {
  const cache = open();
  cache.import(manyNodes(cache, 10_000));

  expect(cache.size).toBe(10_000);
  expect(cache.searchKeywords('needle7777', { limit: 1 }).map(({ node }) => node.id)).toEqual(['concept:c7777']);
});

function manyNodes(cache: OfflineCache, count: number): unknown {
  const graph = cache.graph();
  for (let at = 0; at < count; at += 1) graph.put({ id: `concept:c${at}`, summary: `Some text about needle${at}` });
  return graph.export();
}

test('CTX-64 a past solution is found by what was required', async () => {
  const path = file();
  const first = openOfflineCache({ path, onWarning: unexpected });
  first.recordSolution({ taskId: 't1', requirements: 'Validate email addresses in a form', outcome: 'One regular expression, 12 tests' });
  first.put({ id: 'task:t2', summary: 'Validate email too, but never solved' });
  first.close();

  const [similar, ...others] = await open({ path }).findSimilar('email validation of a form');

  expect(similar?.node.metadata).toMatchObject({ outcome: 'One regular expression, 12 tests', isSolution: true });
  expect(others).toEqual([]);
});

test('CTX-65 nothing is lost on the way from the online cache to the file and back', () => {
  const name = constantFrom('a', 'b', 'c', 'd', 'e');
  const given = record({
    id: name.map((each) => `concept:${each}`),
    summary: string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed()),
    fullContentRef: constantFrom(null, 'event:t1/4'),
    dependencies: array(name.map((each) => `module:${each}`), { maxLength: 3 }),
    mentions: array(name.map((each) => `concept:${each}`), { maxLength: 3 }),
    clock: dictionary(constantFrom('w1', 'w2'), integer({ min: 0, max: 2 ** 53 - 1 })),
    metadata: dictionary(string({ maxLength: 5 }).filter((key) => key !== '__proto__'), jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)))),
  });
  const puts = array(record({ given, priority: constantFrom(...Object.values(TaskPriority)) }), { maxLength: 12 });

  assert(
    property(puts, (each) => {
      using offline = openOfflineCache({ path: ':memory:', onWarning: unexpected });
      using scratch = openOfflineCache({ path: ':memory:', onWarning: unexpected });
      const online = new OnlineCache({ budgetTokens: 60, estimator: (text) => text.length, onEvict: (node, priority) => void offline.put(node, priority) });
      const expected = new Map<string, CacheNode>();
      for (const { given: input, priority } of each) {
        const node = scratch.put(input);
        if (online.put(node, { priority }).status === 'stored') expected.set(node.id, node);
      }
      for (const { node, priority } of online) offline.put(node, priority);

      for (const [id, node] of expected) expect(offline.find(id)).toEqual(node);
      expect(offline.size).toBe(expected.size);
    }),
    { numRuns: 60 },
  );
});

test('CTX-44 CTX-57 an export is canonical JSON, and comes back byte for byte; a bad one changes nothing', () => {
  const [one, other] = [open(), open()];
  one.put({ id: 'module:a', summary: 'A', metadata: { b: 1, a: 2 } });
  one.put({ id: 'module:b', dependencies: ['module:a'] });
  one.link('module:a', 'tested_by', 'test:a');
  const text = JSON.stringify(one.export());

  other.import(JSON.parse(text));

  expect(JSON.stringify(other.export())).toBe(text);
  expect(() => other.import({ ...JSON.parse(text), checksum: '00000000' })).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_BAD_EXPORT' }));
  expect(JSON.stringify(other.export())).toBe(text);
  expect(other.remove('module:a')).toBe(true);
  expect([other.find('module:a'), other.searchKeywords('a'), other.remove('module:a')]).toEqual([undefined, [], false]);
});

test('CTX-56 what was put before the process is killed is there, and nothing is half there', async () => {
  const path = file();
  const program = `import { openOfflineCache } from '@holdfast/context-cache/sqlite';
    const cache = openOfflineCache({ path: ${JSON.stringify(path)}, onWarning: console.error });
    for (let at = 0; ; at += 1) { cache.put({ id: 'concept:c' + at, summary: 'needle' + at }); if (at % 20 === 0) console.log(at); }`;
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program], { cwd: import.meta.dirname });
  let acknowledged = 0;
  for await (const chunk of child.stdout) {
    acknowledged = Math.max(...String(chunk).trim().split('\n').map(Number));
    if (acknowledged >= 60) break;
  }
  child.kill('SIGKILL');
  await once(child, 'exit');

  const cache = open({ path });

  expect(cache.size).toBeGreaterThan(acknowledged);
  for (let at = 0; at < cache.size; at += 1) expect(cache.searchKeywords(`needle${at}`, { limit: 1 }).map(({ node }) => node.id)).toEqual([`concept:c${at}`]);
});

test('a cache that was closed says so', () => {
  const cache = open();
  cache.close();
  cache.close();

  expect(() => cache.put({ id: 'concept:a' })).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_STORE_FAILED' }));
});

test('a copy of an open cache can be opened elsewhere', () => {
  const path = file();
  const cache = openOfflineCache({ path, onWarning: unexpected });
  cache.put({ id: 'concept:a' });
  cache.close();
  copyFileSync(path, `${path}.copy`);

  expect(open({ path: `${path}.copy` }).size).toBe(1);
});

import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodeCheckpoint, engineInternals, findHiddenInternals, History, Namespace } from '@holdfast/namespace';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { take } from './checkpoint-helpers.ts';

type Live = Record<string, unknown>;

function start(live: Live = {}): { live: Live; namespace: Namespace; history: History } {
  const namespace = new Namespace(live);
  return { live, namespace, history: new History(namespace) };
}

describe('NS-26 the merge suite', () => {
  test('NS-26 1: the object is never replaced, whatever is done to it', () => {
    const { live, namespace, history } = start();

    namespace.update({ a: 1 });
    history.recordExpressionResult(1, 1);
    namespace.setUp({ given: 1 });
    namespace.mergeRun({ b: 2 }, namespace.snapshot());
    namespace.clear();

    expect(namespace.target).toBe(live);
  });

  test('NS-26 2: the user cannot touch an engine name, by any way in', () => {
    const { live, namespace } = start();
    const before = { ...live, ...Object.fromEntries(engineInternals.map((name) => [name, live[name]])) };
    const intrusion = Object.fromEntries(engineInternals.map((name) => [name, 'intruder']));

    const skipped = [...namespace.update(intrusion), ...namespace.mergeRun(intrusion, namespace.snapshot())];
    namespace.setUp(intrusion);

    expect(skipped).toHaveLength(24);
    for (const name of engineInternals) expect(live[name]).toBe(before[name]);
  });

  test('NS-26 3: the engine can, whatever the strategy', () => {
    const { live, namespace } = start();

    for (const strategy of ['overwrite', 'preserve', 'smart'] as const) {
      expect(namespace.update({ _: strategy }, { source: 'engine', strategy })).toEqual([]);
      expect(live['_']).toBe(strategy);
    }
  });

  test('NS-26 4: overwrite takes the new value', () => {
    const { live, namespace } = start();
    namespace.update({ a: { x: 1 } });

    namespace.update({ a: { y: 2 } }, { strategy: 'overwrite' });

    expect(live['a']).toEqual({ y: 2 });
  });

  test('NS-26 5: preserve keeps the old value and says so', () => {
    const { live, namespace } = start();
    namespace.update({ a: 1 });

    const skipped = namespace.update({ a: 2, b: 2 }, { strategy: 'preserve' });

    expect(skipped).toEqual([{ name: 'a', reason: 'the name exists' }]);
    expect(live).toMatchObject({ a: 1, b: 2 });
  });

  test('NS-26 6: smart keeps a function against nothing and merges plain objects', () => {
    const { live, namespace } = start();
    const kept = Math.max;
    namespace.update({ kept, config: { a: 1 } });

    namespace.update({ kept: null, config: { b: 2 } }, { strategy: 'smart' });

    expect(live).toMatchObject({ kept, config: { a: 1, b: 2 } });
  });

  test('NS-26 7: a result moves the history by one', () => {
    const { live, history } = start();

    for (const [index, value] of ['a', 'b', 'c'].entries()) history.recordExpressionResult(value, index + 1);

    expect([live['_'], live['__'], live['___']]).toEqual(['c', 'b', 'a']);
  });

  test('NS-26 8: an assignment does not', () => {
    const { live, namespace, history } = start();
    history.recordExpressionResult('result', 1);

    namespace.update({ x: 1 });
    namespace.mergeRun({ y: 2 }, namespace.snapshot());

    expect(live['_']).toBe('result');
  });

  test('NS-18 NS-26 9: clearing keeps what the engine and the platform have', () => {
    const { live, namespace, history } = start({ platform: 1 });
    history.recordExpressionResult('result', 1);
    namespace.setUp({ given: 1 });
    namespace.update({ mine: 1 });

    namespace.clear();

    expect(live).toMatchObject({ platform: 1, given: 1 });
    expect([live['_'], 'mine' in live]).toEqual(['result', false]);
  });

  test('NS-03 NS-26 10: setting up adds to what is there, and twice is once', () => {
    const { live, namespace, history } = start({ given: 'older' });
    history.recordInput('1 + 1', 1);
    history.recordExpressionResult(2, 1);
    namespace.update({ mine: 'user', later: 'user' });

    for (const _ of [1, 2]) {
      namespace.setUp({ given: 'new', later: 'platform', tool: 1 });
      expect(new History(namespace)).toBeInstanceOf(History);
    }

    expect(live).toMatchObject({ given: 'older', mine: 'user', later: 'user', tool: 1 });
    expect([live['_'], live['In'], live['Out']]).toEqual([2, { 1: '1 + 1' }, { 1: 2 }]);
    expect(namespace.names()).toEqual(['mine', 'later']);
  });

  test('NS-02 NS-05 NS-26 11: values keep their identity, and functions find what is defined after them', () => {
    const { live, namespace } = start();
    const list = [1];
    namespace.update({ list, outer: () => (live['helper'] as () => number)() });

    namespace.update({ helper: () => 42, nested: { list } });

    expect(live['list']).toBe(list);
    expect((live['nested'] as { list: unknown }).list).toBe(list);
    expect((live['outer'] as () => number)()).toBe(42);
  });

  test('NS-22 NS-23 NS-26 12: a restore merges, and updates that take turns all arrive', async () => {
    const { live, namespace } = start();
    namespace.update({ a: 'live', only: 'live' });
    const { bytes } = take({ a: 'restored', b: [1] });

    const restore = async (): Promise<void> => {
      await Promise.resolve();
      for (const { name, value } of decodeCheckpoint(bytes).entries) namespace.update({ [name]: value });
    };
    const write = async (index: number): Promise<void> => {
      await Promise.resolve();
      namespace.update({ [`turn${index}`]: index });
    };
    await Promise.all([restore(), ...Array.from({ length: 50 }, async (_, index) => write(index))]);

    expect(live).toMatchObject({ a: 'restored', only: 'live', b: [1] });
    expect(namespace.names()).toHaveLength(53);
  });
});

test('NS-04 a history takes a namespace, not a plain record, and writes into the object of that one', () => {
  expectTypeOf(History).constructorParameters.toMatchTypeOf<[Namespace, ...unknown[]]>();
  // @ts-expect-error a plain record is no namespace
  expect(() => new History({})).toThrow(TypeError);
});

test('NS-19 NS-20 after a run local names are merged first and what was written to the object wins', () => {
  const { live, namespace } = start();
  namespace.update({ same: NaN, changed: 1, both: 1 });
  const before = namespace.snapshot();

  Object.assign(live, { same: NaN, changed: 2, both: 'global', made: 3 });
  const changes = namespace.changesSince(before);
  namespace.mergeRun({ both: 'local', local: 4 }, before);

  expect(changes).toEqual({ changed: 2, both: 'global', made: 3 });
  expect(live).toMatchObject({ same: NaN, changed: 2, both: 'global', made: 3, local: 4 });
});

test('NS-20 a snapshot runs no getter', () => {
  const { live, namespace } = start();
  Object.defineProperty(live, 'trap', { get: () => expect.fail('it ran'), configurable: true, enumerable: true });

  expect(namespace.snapshot().get('trap')).toBeUndefined();
});

test('NS-29 declarations that would hide engine names are found', () => {
  expect(findHiddenInternals(['total', '_', 'In', 'input'])).toEqual(['_', 'In']);
});

test('NS-32 one namespace lives as long as its session, whatever is made over it', () => {
  const { live, namespace } = start();
  namespace.update({ kept: 1 });

  for (let run = 1; run <= 3; run += 1) new History(namespace).recordExpressionResult(run, run);

  expect(live).toMatchObject({ kept: 1 });
  expect([live['_'], live['__'], live['___'], live['Out']]).toEqual([3, 2, 1, { 1: 1, 2: 2, 3: 3 }]);
});

test('NS-07 no other file lists the engine names', async () => {
  const packages = fileURLToPath(new URL('../..', import.meta.url));
  const files = (await readdir(packages, { recursive: true })).filter((file) => /^[^/]+\/src\/.*\.ts$/u.test(file));
  const listing: string[] = [];
  for (const file of files) {
    const text = await readFile(`${packages}/${file}`, 'utf8');
    const named = engineInternals.filter((name) => new RegExp(`['"\`]${name}['"\`]`, 'u').test(text));
    if (named.length > 5) listing.push(file);
  }

  expect(files.length).toBeGreaterThan(50);
  // The history gives most of them their first value, which takes naming them.
  expect(listing.toSorted()).toEqual(['namespace/src/history.ts', 'namespace/src/internals.ts']);
});

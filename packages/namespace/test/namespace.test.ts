import { engineInternals, Namespace } from '@holdfast/namespace';
import { expect, test } from 'vitest';

test('NS-01 NS-02 an update writes into the live object, which stays the same', () => {
  const target: Record<string, unknown> = { helper: () => target['factor'] };
  const namespace = new Namespace(target);

  namespace.update({ factor: 2 });
  namespace.update({ factor: 3, other: 1 });

  expect(namespace.target).toBe(target);
  expect((namespace.get('helper') as () => unknown)()).toBe(3);
});

test('NS-06 the engine keeps exactly twelve names', () => {
  expect(engineInternals).toEqual(['_', '__', '___', '_i', '_ii', '_iii', 'Out', 'In', '_oh', '_ih', '_exit_code', '_exception']);
});

test.each(engineInternals)('NS-08 only the engine changes %s', (name) => {
  const namespace = new Namespace({});

  expect(namespace.update({ [name]: 'user' })).toEqual([{ name, reason: 'the name belongs to the engine' }]);
  expect(namespace.update({ [name]: 'engine' }, { source: 'engine' })).toEqual([]);
  expect(namespace.get(name)).toBe('engine');
});

const existing = () => 1;
test.each([
  { strategy: 'overwrite', before: 1, incoming: 2, after: 2 },
  { strategy: 'preserve', before: 1, incoming: 2, after: 1 },
  { strategy: 'smart', before: 1, incoming: 2, after: 2 },
  { strategy: 'smart', before: existing, incoming: undefined, after: existing },
  { strategy: 'smart', before: existing, incoming: null, after: existing },
  { strategy: 'smart', before: { a: 1, b: 1 }, incoming: { b: 2, c: 2 }, after: { a: 1, b: 2, c: 2 } },
  { strategy: 'smart', before: [1], incoming: { b: 2 }, after: { b: 2 } },
  { strategy: 'smart', before: new Map(), incoming: { b: 2 }, after: { b: 2 } },
] as const)('NS-09 NS-10 NS-11 $strategy: $before and $incoming give $after', ({ strategy, before, incoming, after }) => {
  const namespace = new Namespace({});
  namespace.update({ name: before });

  namespace.update({ name: incoming }, { strategy });

  expect(namespace.get('name')).toEqual(after);
});

test('NS-18 clearing removes what the user made and nothing else', () => {
  const target = { given: 1 };
  const namespace = new Namespace(target);
  namespace.update({ mine: 1 });
  namespace.update({ _: 'kept' }, { source: 'engine' });
  Object.defineProperty(target, 'pinned', { value: 1, configurable: false });

  expect(namespace.clear()).toEqual(['pinned']);
  expect(namespace.names()).toEqual(['pinned']);
  expect(target).toMatchObject({ given: 1 });
  expect(namespace.get('_')).toBe('kept');
});

test('a read-only name is refused with its name in the message', () => {
  const namespace = new Namespace(Object.freeze({ fixed: 1 }));

  expect(() => namespace.update({ fixed: 2 })).toThrow(
    expect.objectContaining({ code: 'HOLDFAST_NAMESPACE_UNDEFINABLE', message: 'Cannot define "fixed": the name is read-only' }),
  );
});

test('NS-18 what cannot be deleted is emptied, and is a name again when it holds something', () => {
  const target: Record<string, unknown> = {};
  const namespace = new Namespace(target);
  Object.defineProperty(target, 'fixed', { value: 1, writable: true, enumerable: true });
  Object.defineProperty(target, 'constant', { value: 2 });
  Object.defineProperty(target, 'read', { get: () => 3 });
  namespace.update({ free: 4 });

  expect(namespace.clear()).toEqual(['constant', 'read']);
  expect([namespace.names(), target['fixed']]).toEqual([['constant', 'read'], undefined]);
  target['fixed'] = 5;
  expect(namespace.names()).toEqual(['fixed', 'constant', 'read']);
});

test('NS-08 a protected name is neither replaced nor written by an update, and counts as given', () => {
  const target: Record<string, unknown> = {};
  const namespace = new Namespace(target);

  namespace.protect('held', 1);
  namespace.protect('held', 2);

  expect(namespace.update({ held: 3 }, { source: 'engine' })).toEqual([{ name: 'held', reason: 'the name belongs to the session' }]);
  expect(() => Object.assign(target, { held: 4 })).toThrow('Cannot assign "held": the name belongs to the session');
  expect([target['held'], namespace.names(), namespace.isGiven('held')]).toEqual([1, [], true]);
  namespace.update({ mine: 1 });
  namespace.protect('mine', 5);
  expect(target['mine']).toBe(1);
});

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);

test('EV-75 the tests of store, clock and projections must be green before those of any package that builds on them run', () => {
  const { targetDefaults } = JSON.parse(readFileSync(new URL('nx.json', root), 'utf8')) as { targetDefaults: { test: { dependsOn?: string[] } } };
  const gate = ['store', 'clock', 'projection'].map((name) => new URL(`packages/event-store/test/${name}.test.ts`, root));

  expect(targetDefaults.test.dependsOn).toContain('^test');
  expect(gate.filter((file) => !existsSync(file))).toEqual([]);
});

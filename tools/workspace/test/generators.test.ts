import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { expect, test } from 'vitest';
import adapterGenerator from '../src/adapter/generator.ts';
import decisionGenerator from '../src/decision/generator.ts';
import errorGenerator from '../src/error/generator.ts';
import packageGenerator from '../src/package/generator.ts';
import { root } from '../src/projects.ts';

const borrowed = [
  'LICENSE',
  'packages/protocol/package.json',
  'packages/protocol/src/errors.ts',
  'packages/protocol/src/index.ts',
  'packages/protocol/src/transport/memory.ts',
  'packages/protocol/src/transport/transport.ts',
  'packages/protocol/src/testing/transport-contract.ts',
];

/** A small copy of this repository: the protocol package, and an architecture of two rows. */
function workspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const file of borrowed) tree.write(file, readFileSync(join(root, file), 'utf8'));
  tree.write('boundaries.mjs', "export const boundaries = {\n  protocol: { may: [], uses: ['zod'] },\n  'reference-server': {\n    may: ['protocol'],\n    uses: ['*'],\n  },\n};\n");
  tree.write('docs/architecture.md', '# Architecture\n\n```mermaid\ngraph TD\n  reference-server --> protocol\n  protocol\n```\n');
  return tree;
}

const read = (tree: Tree, file: string): string => tree.read(file, 'utf8') ?? '';

test('package: a new package is complete, has its row, its box and its changeset', () => {
  const tree = workspace();

  packageGenerator(tree, { name: 'tea-pot', description: 'Keeps "tea" warm.' });

  expect(tree.children('packages/tea-pot').toSorted()).toEqual(
    ['LICENSE', 'README.md', 'package.json', 'src', 'test', 'tsconfig.build.json', 'tsconfig.json', 'tsup.config.ts', 'vitest.config.ts'].toSorted(),
  );
  expect(readJson(tree, 'packages/tea-pot/package.json')).toMatchObject({
    name: '@holdfast/tea-pot',
    description: 'Keeps "tea" warm.',
    nx: { name: 'tea-pot', tags: ['project:tea-pot'] },
  });
  expect(read(tree, 'boundaries.mjs')).toContain("  'tea-pot': { may: [], uses: [] },\n  'reference-server': {\n");
  expect(read(tree, 'docs/architecture.md')).toContain('  protocol\n  tea-pot\n```\n');
  expect(read(tree, '.changeset/new-tea-pot.md')).toBe("---\n'@holdfast/tea-pot': minor\n---\n\nNew package `@holdfast/tea-pot`: Keeps \"tea\" warm.\n");
});

test('package: its manifest has the fields, scripts and targets of protocol', () => {
  const tree = workspace();

  packageGenerator(tree, { name: 'tea', description: 'Tea.' });

  const made = readJson<Record<string, unknown>>(tree, 'packages/tea/package.json');
  const model = readJson<Record<string, unknown>>(tree, 'packages/protocol/package.json');
  expect(Object.keys(made)).toEqual(Object.keys(model).filter((key) => key !== 'dependencies'));
  for (const key of ['license', 'type', 'sideEffects', 'engines', 'files', 'publishConfig']) expect(made[key]).toEqual(model[key]);
  const { bench: _ownBenchmark, ...shared } = model['scripts'] as Record<string, string>;
  expect(made['scripts']).toEqual(shared);
});

test.each([
  ['protocol', 'packages/protocol exists'],
  ['Tea', 'its name has to be kebab-case'],
])('package: the name "%s" is refused', (name, reason) => {
  expect(() => packageGenerator(workspace(), { name, description: 'Tea.' })).toThrow(`Cannot create package "${name}": ${reason}`);
});

test('adapter: a new adapter stands beside its port, is exported and runs the contract', () => {
  const tree = workspace();

  adapterGenerator(tree, { name: 'carrier-pigeon', package: 'protocol', port: 'transport/transport' });

  expect(read(tree, 'packages/protocol/src/transport/carrier-pigeon.ts')).toContain('export function createCarrierPigeonTransports(');
  expect(read(tree, 'packages/protocol/src/index.ts')).toContain("export { createCarrierPigeonTransports } from './transport/carrier-pigeon.ts';\n");
  const contractTest = read(tree, 'packages/protocol/test/carrier-pigeon-transport.test.ts');
  expect(contractTest).toContain("import { transportContract } from '@holdfast/protocol/testing';");
  expect(contractTest).toContain('test.each(transportContract)');
});

test.each([
  [{ name: 'memory' }, 'packages/protocol/src/transport/memory.ts exists'],
  [{ name: 'pigeon', from: 'smoke' }, 'packages/protocol/src/transport/smoke.ts does not exist'],
  [{ name: 'pigeon', port: 'transport/signal' }, 'packages/protocol/src/testing/signal-contract.ts does not exist'],
])('adapter: %j is refused', (options, reason) => {
  expect(() => adapterGenerator(workspace(), { package: 'protocol', port: 'transport/transport', ...options })).toThrow(
    `Cannot create adapter "${options.name}": ${reason}`,
  );
});

test('decision: the next number is taken and listed', () => {
  const tree = workspace();
  tree.write('docs/decisions/0009-tea.md', '# 0009. Tea\n');
  tree.write('docs/decisions/README.md', '# Decisions\n\n| number | decision |\n|---|---|\n| [0009](0009-tea.md) | Tea |\n\n## Settled\n\n| a | b |\n');

  decisionGenerator(tree, { title: 'Milk first, or last?', date: '2026-11-21' });

  expect(read(tree, 'docs/decisions/0010-milk-first-or-last.md')).toMatch(/^# 0010\. Milk first, or last\?\n\n- Status: proposed\n- Date: 2026-11-21\n/);
  expect(read(tree, 'docs/decisions/README.md')).toContain('| [0009](0009-tea.md) | Tea |\n| [0010](0010-milk-first-or-last.md) | Milk first, or last? |\n\n## Settled');
});

test('error: a row is added at the end of the table', () => {
  const tree = workspace();

  errorGenerator(tree, { package: 'protocol', code: 'PIGEON_LOST', meaning: "The pigeon didn't come back.", mend: 'Send another', retriable: true });

  expect(read(tree, 'packages/protocol/src/errors.ts')).toContain(
    "  HOLDFAST_PROTOCOL_PIGEON_LOST: {\n    meaning: 'The pigeon didn\\'t come back.',\n    mend: 'Send another',\n    retriable: true,\n  },\n} as const satisfies ErrorTable;",
  );
});

test('error: the first error of a package brings the table and what the table needs', () => {
  const tree = workspace();
  packageGenerator(tree, { name: 'tea-pot', description: 'Keeps tea warm.' });

  errorGenerator(tree, { package: 'tea-pot', code: 'EMPTY', meaning: 'The pot has no tea.', mend: 'Brew some' });

  expect(read(tree, 'packages/tea-pot/src/errors.ts')).toContain('  HOLDFAST_TEA_POT_EMPTY: {\n');
  expect(read(tree, 'packages/tea-pot/src/errors.ts')).toContain('export const teaPotError = errorFactory(errorTable);');
  expect(readJson(tree, 'packages/tea-pot/package.json')).toMatchObject({ dependencies: { '@holdfast/protocol': '^0.0.0' } });
  expect(read(tree, 'boundaries.mjs')).toContain("  'tea-pot': { may: ['protocol'], uses: [] },\n");
  expect(read(tree, 'docs/architecture.md')).toContain('  tea-pot --> protocol\n');
});

test.each([
  [{ code: 'INTERNAL' }, 'Cannot add error "HOLDFAST_PROTOCOL_INTERNAL": packages/protocol/src/errors.ts has it already'],
  [{ code: 'lost' }, 'Cannot add error "lost": a code is upper snake case'],
  [{ package: 'milk' }, 'Cannot add an error to "milk": there is no such package'],
])('error: %j is refused', (options, message) => {
  expect(() => errorGenerator(workspace(), { package: 'protocol', code: 'LOST', meaning: 'It is lost.', mend: 'Look for it', ...options })).toThrow(message);
});

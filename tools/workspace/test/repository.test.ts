import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { listProjects, root } from '../src/projects.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const json = (file: string): Record<string, unknown> => JSON.parse(read(file)) as Record<string, unknown>;
const exactVersion = /^\d+\.\d+\.\d+$/;

test('OPS-01 the repository is an Nx monorepo of publishable packages and one thin app', () => {
  const places = ['packages', 'apps', 'tools', 'nx.json', 'package.json', 'tsconfig.base.json', '.changeset'];
  const projects = listProjects();
  const names = (folder: string): string[] => projects.filter((project) => project.folder.startsWith(folder)).map((project) => project.manifest.name);

  expect(places.filter((place) => !existsSync(join(root, place)))).toEqual([]);
  expect(names('packages/')).toEqual(
    expect.arrayContaining(
      ['protocol', 'namespace', 'executor', 'promises', 'event-store', 'context-cache', 'orchestrator', 'server'].map((name) => `@holdfast/${name}`),
    ),
  );
  expect(names('apps/')).toEqual(['holdfast']);
  expect(projects.filter((project) => project.manifest.private === true)).toEqual([]);
});

test('OPS-03 the stack is nx, zod, msgpackr, graphology, vitest, tsup and changesets, each at a version that is written down', () => {
  const pinned = json('package.json')['devDependencies'] as Record<string, string>;
  const used = new Set(listProjects().flatMap((project) => Object.keys(project.manifest.dependencies ?? {})));
  const locked = json('package-lock.json')['packages'] as Record<string, { readonly version: string } | undefined>;

  expect(['nx', 'vitest', 'tsup', '@changesets/cli'].filter((tool) => !exactVersion.test(pinned[tool] ?? ''))).toEqual([]);
  expect(['zod', 'msgpackr', 'graphology'].filter((library) => !used.has(library))).toEqual([]);
  expect(['zod', 'msgpackr', 'graphology'].filter((library) => !exactVersion.test(locked[`node_modules/${library}`]?.version ?? ''))).toEqual([]);
});

test('OPS-09 every package that is published stands in a changeset or has a changelog', () => {
  const changesets = globSync('.changeset/*.md', { cwd: root }).map(read).join('\n');
  const untold = listProjects().filter(({ folder, manifest }) => !existsSync(join(root, folder, 'CHANGELOG.md')) && !changesets.includes(`'${manifest.name}':`));

  expect(untold).toEqual([]);
});

test('OPS-24 each project has its own tests, and the gate stops at the first stage that fails', () => {
  const gate = read('.ci/run');
  const stages = [...gate.matchAll(/^stage '([^']+)'/gm)].map((match) => match[1]);
  const untested = listProjects().filter(({ folder }) => (json(`${folder}/package.json`)['scripts'] as Record<string, string>)['test'] !== 'vitest run');

  expect(untested).toEqual([]);
  expect(gate).toContain('set -euo pipefail');
  expect(stages).toEqual(['system packages', 'npm ci', 'test', 'check', 'smoke', 'examples', 'docs', 'knip']);
});

test('OPS-11 no benchmark, soak or fuzz run is part of the tests or of the gate', () => {
  const inTests = globSync('{packages,apps}/*/{bench,soak,fuzz,crash,chaos,eval}/*.test.ts', { cwd: root });

  expect(inTests).toEqual([]);
  expect(read('.ci/run')).not.toMatch(/\b(?:bench|soak|fuzz)\b/);
});

test('OPS-30 every record is found from the index of decisions, and every settled question from its number', () => {
  const index = read('docs/decisions/README.md');
  const records = globSync('docs/decisions/[0-9]*.md', { cwd: root });
  const titles = records.map((record) => `](${basename(record)}) | ${/^# \d+\. (.+)$/m.exec(read(record))?.[1] ?? 'without a title'} |`);
  const questions = Array.from({ length: 24 }, (_, number) => new RegExp(`^\\| ${String(number + 1)} \\| [^|]+ \\| .*\\]\\(\\d{4}-`, 'm'));

  expect(titles.filter((title) => !index.includes(title))).toEqual([]);
  expect(questions.filter((question) => !question.test(index))).toEqual([]);
});

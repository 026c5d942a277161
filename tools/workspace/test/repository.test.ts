import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { allowedArchitecture, readBoundaries } from '../src/architecture.ts';
import { staleFences } from '../src/examples/fences.ts';
import { findDeadLinks } from '../src/links.ts';
import { listProjects, root } from '../src/projects.ts';
import { parseIds, readProofs } from '../src/traceability/proofs.ts';

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

test('OPS-05 OPS-24 each project has its own tests, and the gate stops at the first stage that fails', () => {
  const gate = read('.ci/run');
  const stages = [...gate.matchAll(/^stage '([^']+)'/gm)].map((match) => match[1]);
  const untested = listProjects().filter(({ folder }) => (json(`${folder}/package.json`)['scripts'] as Record<string, string>)['test'] !== 'vitest run');

  expect(untested).toEqual([]);
  expect(gate).toContain('set -euo pipefail');
  expect(stages).toEqual(['system packages', 'npm ci', 'test', 'check', 'smoke', 'examples', 'docs', 'conformance', 'knip']);
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

test('OPS-25 each usual cause of a failure names a row whose tests look for it', () => {
  const causes = read('CONTRIBUTING.md')
    .split('\n')
    .filter((line) => line.startsWith('- [ ] '));
  const proven = new Set(readProofs(root).flatMap(({ ids }) => ids));
  const unproven = causes.filter((cause) => {
    const rows = parseIds(cause);
    return rows.length === 0 || !rows.every((row) => proven.has(row));
  });

  expect(causes.length).toBeGreaterThanOrEqual(10);
  expect(unproven).toEqual([]);
});

test('OPS-31 each line of the acceptance of the executor rests on rows that tests prove', () => {
  const acceptance = {
    'native paths': ['EX-20', 'EX-22'],
    'minimal fallback': ['EX-40', 'EX-41'],
    'cancel without leaks': ['EX-79', 'EX-80'],
    telemetry: ['OPS-15', 'OPS-16'],
    'keyed cache': ['EX-68', 'EX-69'],
    'stable routing': ['SES-06', 'SES-11'],
    'life cycle of the bridge': ['PR-40', 'PR-44'],
  };
  const proven = new Set(readProofs(root).flatMap(({ ids }) => ids));

  expect(Object.entries(acceptance).filter(([, rows]) => !rows.every((row) => proven.has(row)))).toEqual([]);
});

test('OPS-20 the migration guide quotes programs that are run, from plain execute to the end of the way, and its links lead somewhere', () => {
  const page = 'docs/migration-to-durable.md';
  const quotes = [...read(page).matchAll(/^```ts source="\.\.\/([^"#]+)#([\w-]+)"$/gm)].map(([, file = '', region = '']) => ({ file, region }));
  const ownProgram = 'examples/migration/migration.ts';

  expect(quotes.filter(({ file }) => file === ownProgram).map(({ region }) => region)).toEqual(['plain', 'port', 'wrap', 'adapter']);
  // The runner runs examples/*/*.ts; what lies deeper is run by one of those.
  const isRun = (file: string): boolean => globSync('examples/*/*.ts', { cwd: root }).includes(file) || read('examples/tour/tour.ts').includes(file.replace('examples/tour/', ''));
  expect(quotes.filter(({ file }) => !isRun(file))).toEqual([]);
  expect(staleFences(join(root, page), read(page))).toEqual([]);
  expect(findDeadLinks([page])).toEqual([]);
  expect(read('README.md')).toContain(`](${page})`);
});

test('OPS-21 the architecture draws durability as a wrapper around the executor, and neither side may import the other', async () => {
  const [, section = ''] = read('docs/architecture.md').split('\n## Durability is a wrapper\n');
  const [, drawing = ''] = /```mermaid\n([\s\S]*?)```/.exec(section.split('\n## ')[0] ?? '') ?? [];
  const { edges: allowed } = allowedArchitecture(await readBoundaries());

  const edges = ['wrapper --> port', 'port --> session', 'adapter -- direct --> port', 'session -- capabilities --> registry'];
  expect(edges.filter((edge) => !drawing.includes(edge))).toEqual([]);
  expect(allowed.filter((edge) => edge.startsWith('promises -> '))).toEqual(['promises -> protocol']);
  expect(allowed.filter((edge) => edge.startsWith('executor -> ')).toSorted()).toEqual(['executor -> namespace', 'executor -> protocol']);
});

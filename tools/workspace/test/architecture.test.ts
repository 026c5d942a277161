import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actualArchitecture, allowedArchitecture, drawnArchitecture, type ProjectGraph, readBoundaries } from '../src/architecture.ts';
import { root } from '../src/projects.ts';

/** The graph of a fresh Nx process that knows nothing of the task, the daemon or the cache around this test. */
function projectGraph(): ProjectGraph {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-graph-'));
  try {
    const file = join(directory, 'graph.json');
    const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('NX_'));
    const env = { ...Object.fromEntries(outside), NX_DAEMON: 'false', NX_WORKSPACE_DATA_DIRECTORY: join(directory, 'data') };
    execFileSync(process.execPath, [join(root, 'node_modules/nx/dist/bin/nx.js'), 'graph', `--file=${file}`], { cwd: root, env, stdio: 'pipe' });
    return (JSON.parse(readFileSync(file, 'utf8')) as { graph: ProjectGraph }).graph;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test('OPS-02 the drawing in docs/architecture.md shows what boundaries.mjs allows', async () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

  expect(drawnArchitecture(page)).toEqual(allowedArchitecture(await readBoundaries()));
});

test('OPS-02 the packages depend on each other as boundaries.mjs says, on no more and no fewer', { timeout: 60_000 }, async () => {
  expect(actualArchitecture(projectGraph())).toEqual(allowedArchitecture(await readBoundaries()));
});

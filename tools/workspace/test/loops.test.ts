import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../src/projects.ts';

test('EX-66 what is durable manages no threads, processes or loops of its own', () => {
  const managing = globSync('packages/promises/src/**/*.ts', { cwd: root }).filter((file) =>
    /worker_threads|child_process|\bnew MessageChannel\b/u.test(readFileSync(join(root, file), 'utf8')),
  );

  expect(managing).toEqual([]);
});

test('EX-97 every check runs the tests of what changed, the cases of a prompt among them', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

  for (const name of ['check', 'affected']) expect(scripts[name]).toMatch(/-t\b[^&]*\btest\b/u);
  expect(readFileSync(join(root, 'packages/executor/test/cases.test.ts'), 'utf8')).toContain('replCases');
  expect(readFileSync(join(root, 'apps/reference-server/test/cases.test.ts'), 'utf8')).toContain('replCases');
});

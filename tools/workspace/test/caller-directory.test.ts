import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../src/projects.ts';

const preload = join(root, 'tools/workspace/src/caller-directory.ts');

test.each([
  { title: 'npm was called in', caller: realpathSync(tmpdir()), expected: realpathSync(tmpdir()) },
  { title: 'it was started in, without npm', caller: '', expected: realpathSync(root) },
])('a script with the preload runs in the folder that $title', ({ caller, expected }) => {
  const script = 'process.stdout.write(process.cwd())';
  const env = { ...process.env, INIT_CWD: caller };
  const printed = execFileSync(process.execPath, ['--import', preload, '--eval', script], { cwd: root, env, encoding: 'utf8' });

  expect(printed).toBe(expected);
});

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exited } from './command-line.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('PR-17 the tour of the README: a cell that waits for a person outlives its process, and prints what the README shows', async () => {
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', 'examples/tour/tour.ts'], { cwd: root });

  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), exited(child)]);

  expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
  expect(readFileSync(`${root}README.md`, 'utf8')).toContain(`\`\`\`text\n${stdout}\`\`\``);
});

import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdfast, startServe } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

test('doctor finds nothing to mend, and leaves nothing behind', async () => {
  const cwd = temporaryFolder();

  const { code, stdout, stderr } = await holdfast(['doctor', '--port', '0'], { cwd });

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n').filter((line) => !line.startsWith(' ')).map((line) => line.slice(0, 17).trimEnd());
  expect(lines.slice(0, 6)).toEqual(['ok    Node.js', 'ok    SQLite', 'ok    data folder', 'ok    port', 'ok    worker', 'ok    process']);
  expect(lines.slice(6)).toEqual([expect.stringMatching(/^(?:ok|no) {3,4}restricted$/u), expect.stringMatching(/^(?:ok|no) {3,4}sandbox$/u), '']);
  expect(stdout.match(/what holdfast serve takes/gu)).toHaveLength(1);
  expect(existsSync(join(cwd, '.holdfast'))).toBe(false);
});

test('doctor says how to mend what is wrong, exit code 1', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'a-file'), '');
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };

  const { code, stdout } = await holdfast(['doctor', '--json', '--data', 'a-file/data', '--port', String(port)], { cwd });

  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    checks: [
      { name: 'Node.js', ok: true },
      { name: 'SQLite', ok: true },
      { name: 'data folder', ok: false, mend: expect.stringContaining('--data') },
      { name: 'port', ok: false, detail: expect.stringContaining('EADDRINUSE'), mend: expect.stringContaining('--port') },
      { name: 'worker', ok: true },
      { name: 'process', ok: true, isOptional: true },
      { name: 'restricted' },
      { name: 'sandbox' },
    ],
  });
  other.close();
  await once(other, 'close');
});

test('doctor says why a level of isolation does not work here, which is nothing to fail for', async () => {
  const cwd = temporaryFolder();

  const { code, stdout } = await holdfast(['doctor', '--port', '0'], { cwd, env: { PATH: cwd } });

  expect(code).toBe(0);
  expect(stdout).toMatch(/^no {4}sandbox +Cannot start worker: "bwrap" did not start\n +mend: On Linux, install bubblewrap/mu);
});

test('doctor knows the server of the data folder', async () => {
  const cwd = temporaryFolder();
  const { url } = await startServe({ cwd });

  const { code, stdout } = await holdfast(['doctor', '--json'], { cwd });

  expect(code).toBe(0);
  expect(JSON.parse(stdout).checks).toContainEqual({ name: 'port', ok: true, detail: `this folder's server runs at ${url}` });
});

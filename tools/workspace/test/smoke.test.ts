import { expect, test } from 'vitest';
import { run } from '../src/smoke/command.ts';
import { closure, type Packed } from '../src/smoke/pack.ts';

function packages(dependencies: Readonly<Record<string, readonly string[]>>): Map<string, Packed> {
  return new Map(
    Object.entries(dependencies).map(([name, names]) => [
      name,
      {
        tarball: `/scratch/${name}.tgz`,
        project: {
          name,
          folder: `packages/${name}`,
          manifest: { name, version: '1.0.0', nx: { name }, dependencies: Object.fromEntries(names.map((each) => [each, '^1.0.0'])) },
        },
      },
    ]),
  );
}

test('OPS-04 a package is installed with its own closure and nothing else', () => {
  const packed = packages({ spout: [], kettle: ['spout', 'zod'], tea: ['kettle', 'spout'], milk: ['spout'] });

  expect([...closure(packed, 'spout')]).toEqual(['/scratch/spout.tgz']);
  expect([...closure(packed, 'tea')].toSorted()).toEqual(['/scratch/kettle.tgz', '/scratch/spout.tgz', '/scratch/tea.tgz']);
});

test('a failed command gives all that it printed', async () => {
  const script = 'console.log("on stdout"); console.error("on stderr"); process.exitCode = 3';

  await expect(run('.', process.execPath, '--eval', script)).rejects.toMatchObject({
    name: 'CommandError',
    message: expect.stringMatching(/^Command failed: .*--eval/),
    output: 'on stdout\non stderr\n',
  });
});

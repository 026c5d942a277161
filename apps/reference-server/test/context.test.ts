import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdfast } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

function project(): string {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, 'src'));
  writeFileSync(join(cwd, 'src/price.ts'), "import { taxRate } from './tax.ts';\nexport function price(cents: number): number {\n  return cents * taxRate();\n}\n");
  writeFileSync(join(cwd, 'src/tax.ts'), 'export function taxRate(): number { return 1.2; }\n');
  writeFileSync(join(cwd, 'src/unfinished.ts'), 'export function unfinished( {\n');
  return cwd;
}

test('context build prints the context, the tokens of each section and why each definition is in it', async () => {
  const { code, stdout, stderr } = await holdfast(['context', 'build', 'price', '--budget', '300'], { cwd: project() });

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^## Working on\nsrc\/price\.ts:\nexport function price/u);
  expect(stdout).toMatch(/\n\d+ of 300 tokens, counted as mistral:7b does\nSECTION {5}TOKENS {2}DEFINITIONS\nWorking on/u);
  expect(stdout).toMatch(/src\/tax\.ts#taxRate +rank \d+ \([\d.]+\): taxRate is imported by the file/u);
});

test('context build --json is one object, and by types it finds the same', async () => {
  const cwd = project();

  const [named, typed] = await Promise.all([[], ['--types']].map(async (flags) => holdfast(['context', 'build', 'src/price.ts', '--json', ...flags], { cwd })));

  for (const finished of [named, typed]) {
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(finished?.stdout ?? '')).toMatchObject({ budget: 4800, tokens: expect.any(Number), trace: [{ id: 'src/tax.ts#taxRate', why: expect.any(String) }] });
  }
});

test('context explain says why a definition is in the context for another', async () => {
  const { code, stdout } = await holdfast(['context', 'explain', 'taxRate', '--for', 'price'], { cwd: project() });

  expect(code).toBe(0);
  expect(stdout).toMatch(/^src\/tax\.ts#taxRate is in the context of 4800 tokens: rank \d+/u);
});

test('context index says what was found, and what could not be read', async () => {
  const { stdout } = await holdfast(['context', 'index'], { cwd: project() });
  const json = await holdfast(['context', 'index', '--json'], { cwd: project() });

  expect(stdout).toMatch(/^3 files, 2 definitions, 1 links by names in \d+ ms\n {2}src\/unfinished\.ts is left out: /u);
  expect(JSON.parse(json.stdout)).toMatchObject({ files: 3, problems: [{ path: 'src/unfinished.ts' }] });
});

test('a folder without sources is said to be one, and wrong calls say what to do', async () => {
  const cwd = temporaryFolder();
  const [empty, emptyJson, nothing, unknown, folder] = await Promise.all([
    holdfast(['context', 'build', 'x'], { cwd }),
    holdfast(['context', 'build', 'x', '--json'], { cwd }),
    holdfast(['context', 'build'], { cwd }),
    holdfast(['context', 'build', 'prise'], { cwd: project() }),
    holdfast(['context', 'index', '--folder', 'nowhere'], { cwd }),
  ]);

  expect(empty).toMatchObject({ code: 0, stdout: expect.stringContaining('No TypeScript or JavaScript sources below') });
  expect(JSON.parse(emptyJson.stdout)).toMatchObject({ text: '', trace: [] });
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('name a definition, a file or --query (HOLDFAST_CLI_USAGE)') });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "price"?') });
  expect(folder).toMatchObject({ code: 1, stderr: expect.stringContaining('HOLDFAST_CONTEXT_CACHE_CANNOT_READ') });
});

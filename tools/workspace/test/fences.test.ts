import { expect, test } from 'vitest';
import { refreshFences, staleFences } from '../src/examples/fences.ts';

const example = `import { boil } from 'kettle';

async function tea() {
  //#region boil
  const water = await boil();

  if (water.hot) {
    pour(water);
  }
  //#endregion
}
`;

const read = (file: string): string => {
  if (file !== 'packages/kettle/examples/tea.ts') throw new Error(`no file ${file}`);
  return example;
};

const page = (fence: string, quoted: string): string => `Before.\n\n\`\`\`ts source="${fence}"\n${quoted}\`\`\`\n\nAfter \`\`\`ts\nuntouched\n\`\`\`\n`;
const file = 'packages/kettle/README.md';

test('a fence with a region quotes it from its own margin', () => {
  const fresh = refreshFences(file, page('examples/tea.ts#boil', 'old\n'), read);

  expect(fresh).toBe(page('examples/tea.ts#boil', 'const water = await boil();\n\nif (water.hot) {\n  pour(water);\n}\n'));
  expect(refreshFences(file, fresh, read)).toBe(fresh);
});

test('a fence without a region quotes the whole file', () => {
  expect(refreshFences(file, page('examples/tea.ts', ''), read)).toBe(page('examples/tea.ts', example));
});

test('a stale fence is named, a fresh one is not', () => {
  const text = page('examples/tea.ts#boil', 'old\n') + page('examples/tea.ts', example);

  expect(staleFences(file, text, read)).toEqual(['examples/tea.ts#boil']);
});

test.each([
  ['examples/tea.ts#pour', 'Cannot quote "examples/tea.ts#pour" in packages/kettle/README.md: it has no region "pour"'],
  ['examples/milk.ts', 'Cannot quote "examples/milk.ts" in packages/kettle/README.md: no file packages/kettle/examples/milk.ts'],
])('a fence that names the missing source %s says so', (fence, message) => {
  expect(() => refreshFences(file, page(fence, ''), read)).toThrow(message);
});

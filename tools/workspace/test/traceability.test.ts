import { expect, test } from 'vitest';
import { renderTraceability } from '../src/traceability.ts';
import { parseProofs } from '../src/traceability/proofs.ts';
import { parseRequirements } from '../src/traceability/requirements.ts';

const page = `# kettle: what a kettle does

| id | requirement | here |
|---|---|---|
| KET-01 | It holds water \\| tea. | A body. |
| KET-02 | It whistles. | A lid. |
| KET-03 | It is heavy. | Iron. |

## Deliberately different

| id | reason |
|---|---|
| KET-03 | Steel is lighter. |
`;

test('a page gives its rows in order and the ones that are different on purpose', () => {
  const { title, ids, deliberate } = parseRequirements('kettle.md', page);

  expect({ title, ids, deliberate: [...deliberate] }).toEqual({
    title: 'kettle',
    ids: ['KET-01', 'KET-02', 'KET-03'],
    deliberate: [['KET-03', 'Steel is lighter.']],
  });
});

test('a difference from a row that does not exist is refused', () => {
  expect(() => parseRequirements('kettle.md', page.replace('| KET-03 | It is heavy. | Iron. |\n', ''))).toThrow(
    'Cannot read kettle.md: "KET-03" is deliberately different from a row that the page does not have',
  );
});

test('ids are read from the names of tests and groups, whatever form they have, and from the rows of tables', () => {
  const source = `
    describe.each([1])('KET-01 group $n', () => {});
    test('KET-01 KET-02 KET-01 plain', () => { expect(say('not KET-08')).toBe(1); });
    test.each\`a\${1}\`(\`KET-02 with \${water}\`, () => {});
    it.skipIf(false)("KET-03 quoted", () => {});
    test('no row', () => {});
    test.each([['KET-04 a row', 1], ['KET-05', 2]])('%s', () => {});
    const text = 'of KET-07';
  `;

  expect(parseProofs('packages/kettle/test/a.test.ts', source).map(({ name, ids }) => [name, ids])).toEqual([
    ['KET-01 group $n', ['KET-01']],
    ['KET-01 KET-02 KET-01 plain', ['KET-01', 'KET-02']],
    ['KET-02 with …', ['KET-02']],
    ['KET-03 quoted', ['KET-03']],
    ['KET-04 a row', ['KET-04']],
    ['KET-05', ['KET-05']],
  ]);
});

test('in a contract suite the names of the cases count, however a case is made', () => {
  const source = `export const kettleContract = [
    { name: 'KET-01 holds water', run: async () => { fill('with KET-03 in it'); } },
    law('KET-02 whistles', async () => {}),
  ];`;

  expect(parseProofs('packages/kettle/src/testing/kettle-contract.ts', source).map(({ name, ids }) => [name, ids])).toEqual([
    ['KET-01 holds water', ['KET-01']],
    ['KET-02 whistles', ['KET-02']],
  ]);
});

test('the page counts and lists what is proven, different and open', () => {
  const proofs = [{ file: 'packages/kettle/test/a.test.ts', name: 'KET-01 *holds* water', ids: ['KET-01'] }];
  const decisions = [{ file: 'docs/decisions/0042-steel.md', ids: ['KET-03', 'UTF-8'] }];

  const text = renderTraceability([parseRequirements('kettle.md', page)], proofs, decisions);

  expect(text).toContain('| [kettle](requirements/kettle.md) | 3 | 1 | 1 | 1 |\n| all | 3 | 1 | 1 | 1 |\n');
  expect(text).toContain('| [KET-01](requirements/kettle.md) | [KET-01 \\*holds\\* water](../packages/kettle/test/a.test.ts) |\n');
  expect(text).toContain('| [KET-02](requirements/kettle.md) | open |\n');
  expect(text).toContain('| [KET-03](requirements/kettle.md) | deliberately different: Steel is lighter.<br>decided in [0042](decisions/0042-steel.md) |\n');
});

test('a test that names a row which no page has is refused', () => {
  const proofs = [{ file: 'packages/kettle/test/a.test.ts', name: 'KET-12 flies', ids: ['KET-12'] }];

  expect(() => renderTraceability([parseRequirements('kettle.md', page)], proofs, [])).toThrow(
    'Cannot trace rows that no page of requirements has: packages/kettle/test/a.test.ts names "KET-12"',
  );
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findDeadLinks, listPages } from '../src/links.ts';

test('OPS-06 OPS-08 every link of the documents leads to a file and a heading that are there', () => {
  expect(listPages().length).toBeGreaterThan(40);
  expect(findDeadLinks()).toEqual([]);
});

test('a link to a missing file or heading is found, one inside a fence is no link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-links-'));
  try {
    writeFileSync(join(folder, 'kettle.md'), '# The Kettle, whole\n\n[up](#the-kettle-whole) [gone](#lid) [web](https://example.org)\n');
    writeFileSync(join(folder, 'pot.md'), '[kettle](kettle.md#the-kettle-whole) [cup](cup.md)\n\n```md\n[no](no.md)\n```\n');

    expect(findDeadLinks(['kettle.md', 'pot.md'], folder)).toEqual([
      { page: 'kettle.md', target: '#lid' },
      { page: 'pot.md', target: 'cup.md' },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

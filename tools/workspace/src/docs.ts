// Writes the pages of docs that are derived from code and tests.
//   npm run docs             writes them
//   npm run docs -- --check  fails on a stale page and names it
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, renderConfiguration } from './configuration.ts';
import { readErrorTables, renderErrors } from './errors.ts';
import { root } from './projects.ts';
import { traceability } from './traceability.ts';

const check = process.argv.includes('--check');
const pages = {
  'docs/configuration.md': renderConfiguration(await readSettings()),
  'docs/errors.md': renderErrors(await readErrorTables()),
  'docs/traceability.md': traceability(),
};

for (const [page, text] of Object.entries(pages)) {
  const file = join(root, page);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    console.error(`Stale page, run "npm run docs": ${page}`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`Written: ${page}`);
  }
}

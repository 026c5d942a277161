import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One page of docs/requirements: its rows in the order of the page. */
export interface RequirementPage {
  readonly file: string;
  readonly title: string;
  readonly ids: readonly string[];
  /** Rows that the project meets in another way on purpose, each with the reason. */
  readonly deliberate: ReadonlyMap<string, string>;
}

const row = /^\| ([A-Z]+-\d+) \| ((?:\\\||[^|])*) \|/gm;
const deliberateHeading = '## Deliberately different';

/** Reads every page of `folder` that has rows with ids, in order of the file names. */
export function readRequirements(folder: string): RequirementPage[] {
  const pages = globSync('*.md', { cwd: folder })
    .toSorted()
    .map((file) => parseRequirements(basename(file), readFileSync(join(folder, file), 'utf8')))
    .filter(({ ids }) => ids.length > 0);
  const all = pages.flatMap(({ ids }) => ids);
  const twice = all.find((id, index) => all.indexOf(id) !== index);
  if (twice) throw new Error(`Cannot read the requirements: "${twice}" is the id of two rows`);
  return pages;
}

/** Reads one page: its tables, and the table "Deliberately different" at its end. */
export function parseRequirements(file: string, text: string): RequirementPage {
  const [tables = '', differences = ''] = text.split(deliberateHeading);
  const ids = [...tables.matchAll(row)].map(([, id = '']) => id);
  const deliberate = new Map([...differences.matchAll(row)].map(([, id = '', reason = '']) => [id, reason]));
  const stray = [...deliberate.keys()].find((id) => !ids.includes(id));
  if (stray) throw new Error(`Cannot read ${file}: "${stray}" is deliberately different from a row that the page does not have`);
  const title = /^# ([^:\n]*)/m.exec(text)?.[1] ?? file;
  return { file, title, ids, deliberate };
}

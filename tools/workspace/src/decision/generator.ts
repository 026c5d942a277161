import { join } from 'node:path';
import { generateFiles, type Tree } from '@nx/devkit';

export interface DecisionOptions {
  readonly title: string;
  /** @default today */
  readonly date?: string;
}

const folder = 'docs/decisions';

/** Writes the next decision record from the template and lists it in the README beside it. */
export default function decisionGenerator(tree: Tree, { title, date = new Date().toISOString().slice(0, 10) }: DecisionOptions): void {
  const number = String(1 + Math.max(0, ...tree.children(folder).map((file) => Number.parseInt(file, 10) || 0))).padStart(4, '0');
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  if (!slug) throw new Error(`Cannot name a decision after "${title}": it has no letter or digit`);
  generateFiles(tree, join(import.meta.dirname, 'files'), folder, { number, slug, title, date, tmpl: '' });
  addToList(tree, `| [${number}](${number}-${slug}.md) | ${title.replaceAll('|', '\\|')} |`);
}

/** Below the last row of the first table of the README. */
function addToList(tree: Tree, row: string): void {
  const list = `${folder}/README.md`;
  const lines = (tree.read(list, 'utf8') ?? '# Decisions\n\n| number | decision |\n|---|---|\n').split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  tree.write(list, lines.toSpliced(end === -1 ? lines.length : end, 0, row).join('\n'));
}

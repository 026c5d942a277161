import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './projects.ts';

/** A link of a page that leads nowhere. */
export interface DeadLink {
  readonly page: string;
  readonly target: string;
}

const fence = /^(`{3,})[^\n]*\n[\s\S]*?^\1\s*$/gm;
const link = /\]\(([^()\s]+)\)/g;

/** The anchor that a Markdown heading gets, by the rule of the places that show such pages. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function anchorsOf(text: string): Set<string> {
  return new Set([...text.matchAll(/^#{1,6} (.+)$/gm)].map((match) => anchorOf(match[1] ?? '')));
}

/** Every page for readers: Markdown of the root, of docs and of each project. */
export function listPages(base: string = root): string[] {
  return ['*.md', 'docs/**/*.md', '{packages,apps,tools,examples}/*/*.md'].flatMap((pattern) => globSync(pattern, { cwd: base })).toSorted();
}

/**
 * Links of the pages to files or headings that are not there. Links to the web are left alone: whether they lead
 * somewhere is no property of the repository.
 */
export function findDeadLinks(pages: readonly string[] = listPages(), base: string = root): DeadLink[] {
  return pages.flatMap((page) => {
    const text = readFileSync(join(base, page), 'utf8').replaceAll(fence, '');
    return [...text.matchAll(link)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^[a-z]+:/.test(target) && !leads(target, page, base))
      .map((target) => ({ page, target }));
  });
}

function leads(target: string, page: string, base: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(base, page) : join(base, dirname(page), decodeURIComponent(path));
  if (!existsSync(file)) {
    return false;
  }
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(readFileSync(file, 'utf8')).has(anchor);
}

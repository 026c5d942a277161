import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const fence = /(?<open>```ts source="(?<source>[^"#]+)(?:#(?<region>[\w-]+))?"\n)(?<quoted>[\s\S]*?)(?<close>```)/g;

/**
 * The text of a page with every fence that names a source filled anew: ` ```ts source="examples/merge.ts#merge" `
 * quotes the region `merge`, a fence without `#region` the whole file. Paths count from the folder of the page.
 *
 * @throws Error that names page and source, where the source or its region does not exist
 */
export function refreshFences(page: string, text: string, read: (file: string) => string = (file) => readFileSync(file, 'utf8')): string {
  return text.replaceAll(fence, (_match, open: string, source: string, region: string | undefined, _quoted, close: string) => {
    const file = join(dirname(page), source);
    try {
      return open + quote(read(file), region) + close;
    } catch (cause) {
      throw new Error(`Cannot quote "${region ? `${source}#${region}` : source}" in ${page}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  });
}

/** The sources of the stale fences of a page, as they are written in it. */
export function staleFences(page: string, text: string, read?: (file: string) => string): string[] {
  const fresh = [...refreshFences(page, text, read).matchAll(fence)];
  return [...text.matchAll(fence)]
    .filter((before, index) => before.groups?.['quoted'] !== fresh[index]?.groups?.['quoted'])
    .map(({ groups }) => (groups?.['region'] ? `${groups['source']}#${groups['region']}` : (groups?.['source'] ?? '')));
}

function quote(text: string, region: string | undefined): string {
  if (region === undefined) return text.endsWith('\n') ? text : `${text}\n`;
  const found = new RegExp(`^ *//#region ${region}\\n([\\s\\S]*?)^ *//#endregion`, 'm').exec(text);
  if (found?.[1] === undefined) throw new Error(`it has no region "${region}"`);
  return dedent(found[1]);
}

function dedent(text: string): string {
  const lines = text.split('\n');
  const margin = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(margin)).join('\n');
}

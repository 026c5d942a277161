// The edits that generators make to the two forms of the architecture: the table and the drawing.
import type { Tree } from '@nx/devkit';

const table = 'boundaries.mjs';
const drawing = 'docs/architecture.md';

/** Adds a package that depends on nothing: a row above the app's in the table, a box at the end of the drawing. */
export function addBoundary(tree: Tree, name: string): void {
  edit(tree, table, (text) => text.replace(/^ {2}'reference-server':/m, `  ${key(name)}: { may: [], uses: [] },\n$&`));
  edit(tree, drawing, (text) => text.replace(/(?<graph>```mermaid\ngraph [\s\S]*?)```/, `$<graph>  ${name}\n\`\`\``));
}

/** Lets one package depend on another, in the table and in the drawing. Does nothing where it may already. */
export function addEdge(tree: Tree, from: string, to: string): void {
  const may = new RegExp(`^(?<head> {2}${key(from)}: \\{\\s*may: \\[)(?<names>[^\\]]*)\\]`, 'm');
  const [, head = '', names = ''] = may.exec(tree.read(table, 'utf8') ?? '') ?? [];
  if (!head) throw new Error(`Cannot add an edge: boundaries.mjs has no row "${from}"`);
  if (names.includes(`'${to}'`)) return;
  edit(tree, table, (text) => text.replace(may, `${head}${[...names.split(', ').filter(Boolean), `'${to}'`].join(', ')}]`));
  edit(tree, drawing, (text) => text.replace(new RegExp(`^ {2}${from}(?<edges> --> .*)?$`, 'm'), (line, edges) => `${line}${edges ? ' & ' : ' --> '}${to}`));
}

function key(name: string): string {
  return name.includes('-') ? `'${name}'` : name;
}

function edit(tree: Tree, file: string, change: (text: string) => string): void {
  const text = tree.read(file, 'utf8') ?? '';
  const changed = change(text);
  if (changed === text) throw new Error(`Cannot edit ${file}: it has no place for the new line`);
  tree.write(file, changed);
}

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './projects.ts';

/** The rows of boundaries.mjs: who may depend on whom, and on which libraries. */
export type Boundaries = Readonly<Record<string, { readonly may: readonly string[]; readonly uses: readonly string[] }>>;

/** Reads boundaries.mjs of this checkout. */
export async function readBoundaries(): Promise<Boundaries> {
  const { boundaries } = (await import(/* @vite-ignore */ pathToFileURL(join(root, 'boundaries.mjs')).href)) as { boundaries: Boundaries };
  return boundaries;
}

/** Packages and the edges among them, as text that can be compared: `executor -> protocol`. */
export interface Architecture {
  readonly packages: readonly string[];
  readonly edges: readonly string[];
}

/** What a mermaid `graph` block on a page draws: one line per package, `a --> b & c` or a bare name. */
export function drawnArchitecture(page: string): Architecture {
  const [, block] = /```mermaid\ngraph [A-Z]+\n([\s\S]*?)```/.exec(page) ?? [];
  if (block === undefined) throw new Error('Cannot read the drawing: the page has no mermaid graph');
  const rows = block
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(' --> '))
    .map(([from = '', to]) => ({ from, to: to?.split(' & ') ?? [] }));
  return sorted(rows);
}

/** What the table in boundaries.mjs allows among packages; `workspace`, which may reach everything, is left out. */
export function allowedArchitecture(table: Boundaries): Architecture {
  const { workspace: _, ...packages } = table;
  return sorted(Object.entries(packages).map(([from, { may }]) => ({ from, to: may })));
}

/** What the project graph of Nx has, from the file that `nx graph --file` writes. */
export function actualArchitecture({ nodes, dependencies }: ProjectGraph): Architecture {
  const names = new Set(Object.keys(nodes).filter((name) => name !== 'workspace'));
  return sorted(
    [...names].map((from) => ({ from, to: (dependencies[from] ?? []).map(({ target }) => target).filter((target) => names.has(target)) })),
  );
}

/** What the tools read of the graph. */
export interface ProjectGraph {
  readonly nodes: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
}

function sorted(rows: readonly { readonly from: string; readonly to: readonly string[] }[]): Architecture {
  return {
    packages: [...new Set(rows.map(({ from }) => from))].toSorted(),
    edges: [...new Set(rows.flatMap(({ from, to }) => to.map((each) => `${from} -> ${each}`)))].toSorted(),
  };
}

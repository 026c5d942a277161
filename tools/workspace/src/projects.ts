import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this checkout. */
export const root = join(import.meta.dirname, '../../..');

/** What the tools read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly nx: { readonly name: string };
}

/** One package or app of the repository. */
export interface Project {
  /** Its short name: the row in boundaries.mjs and the name in Nx. */
  readonly name: string;
  /** Its folder, from the root, with forward slashes. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Everything that is published: the packages in order of their names, then the apps. */
export function listProjects(base: string = root): Project[] {
  return ['packages', 'apps'].flatMap((parent) =>
    globSync(`${parent}/*/package.json`, { cwd: base })
      .toSorted()
      .map((file) => {
        const manifest = JSON.parse(readFileSync(join(base, file), 'utf8')) as Manifest;
        return { name: manifest.nx.name, folder: dirname(file).replaceAll('\\', '/'), manifest };
      }),
  );
}

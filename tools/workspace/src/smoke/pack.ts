import { join } from 'node:path';
import { type Project, root } from '../projects.ts';
import { run } from './command.ts';

/** A project as a user gets it. */
export interface Packed {
  readonly project: Project;
  readonly tarball: string;
}

/** Packs one project into `directory`. */
export async function pack(project: Project, directory: string): Promise<Packed> {
  const printed = await run(join(root, project.folder), 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', directory);
  return { project, tarball: join(directory, printed.trim().split('\n').at(-1) ?? '') };
}

/** The tarballs that an installation of `name` needs: its own and those of the siblings that it depends on. */
export function closure(packed: ReadonlyMap<string, Packed>, name: string, seen: ReadonlySet<string> = new Set()): Set<string> {
  const found = new Set(seen);
  const own = packed.get(name);
  if (!own || found.has(own.tarball)) return found;
  found.add(own.tarball);
  for (const dependency of Object.keys(own.project.manifest.dependencies ?? {})) {
    for (const tarball of closure(packed, dependency, found)) found.add(tarball);
  }
  return found;
}

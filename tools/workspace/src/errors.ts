// docs/errors.md: every code that a Holdfast package throws, from the tables of their errors.ts files.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { listProjects, root } from './projects.ts';

interface Row {
  readonly meaning: string;
  readonly mend: string;
  readonly retriable?: true;
}

/** The table of one package. */
export interface PackageErrors {
  readonly name: string;
  readonly table: Readonly<Record<string, Row>>;
}

/** The error tables of all packages and apps that have one. Run with the condition `@holdfast/source`. */
export async function readErrorTables(base: string = root): Promise<PackageErrors[]> {
  const sources = listProjects(base)
    .map(({ folder, manifest }) => ({ name: manifest.name, file: join(base, folder, 'src/errors.ts') }))
    .filter(({ file }) => existsSync(file));
  return Promise.all(
    sources.map(async ({ name, file }) => {
      const { errorTable } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { errorTable?: PackageErrors['table'] };
      if (!errorTable) throw new Error(`Cannot read the errors of "${name}": src/errors.ts exports no "errorTable"`);
      return { name, table: errorTable };
    }),
  );
}

/** The page: one section per package, one heading per code, so that every code is an anchor. */
export function renderErrors(packages: readonly PackageErrors[]): string {
  const owners = new Map<string, string>();
  for (const { name, table } of packages) {
    for (const code of Object.keys(table)) {
      const owner = owners.get(code);
      if (owner) throw new Error(`Cannot list "${code}" of "${name}": "${owner}" has that code already`);
      owners.set(code, name);
    }
  }
  return `${[head, ...packages.map(renderPackage)].join('\n\n')}\n`;
}

const head = `# Errors

<!-- Written by "npm run docs" from the error tables in src/errors.ts of each package. Edit the tables. -->

Every error that Holdfast throws is a \`HoldfastError\` with a stable \`code\`. Branch on the code, never on the
message. A retriable error may go away by itself: the same call can succeed later without a change.`;

function renderPackage({ name, table }: PackageErrors): string {
  return [`## ${name}`, ...Object.entries(table).map(([code, row]) => renderRow(code, row))].join('\n\n');
}

function renderRow(code: string, { meaning, mend, retriable }: Row): string {
  return `### ${code}\n\n${meaning}\n\n- Mend: ${mend}\n- Retriable: ${retriable ? 'yes' : 'no'}`;
}

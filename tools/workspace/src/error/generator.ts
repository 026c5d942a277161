import { execFileSync } from 'node:child_process';
import { type GeneratorCallback, readJson, type Tree, updateJson } from '@nx/devkit';
import { addEdge } from '../boundaries.ts';

export interface ErrorOptions {
  /** The last part of the code: `STREAM_CLOSED` for `HOLDFAST_PROTOCOL_STREAM_CLOSED`. */
  readonly code: string;
  readonly package: string;
  readonly meaning: string;
  readonly mend: string;
  readonly retriable?: boolean;
}

const end = '} as const satisfies ErrorTable;';

/** Adds a row to the error table of a package, with the table itself where it is the first, and writes docs/errors.md anew. */
export default function errorGenerator(tree: Tree, options: ErrorOptions): GeneratorCallback {
  const folder = [`packages/${options.package}`, `apps/${options.package}`].find((each) => tree.exists(`${each}/package.json`));
  if (!folder) throw new Error(`Cannot add an error to "${options.package}": there is no such package`);
  if (!/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(options.code)) throw new Error(`Cannot add error "${options.code}": a code is upper snake case`);

  const file = `${folder}/src/errors.ts`;
  if (!tree.exists(file)) startTable(tree, folder, options.package);
  const source = tree.read(file, 'utf8') ?? '';
  const code = `HOLDFAST_${options.package.replaceAll('-', '_').toUpperCase()}_${options.code}`;
  if (new RegExp(`^ {2}${code}:`, 'm').test(source)) throw new Error(`Cannot add error "${code}": ${file} has it already`);
  if (!source.includes(end)) throw new Error(`Cannot add error "${code}": ${file} has no table that ends with "${end}"`);
  tree.write(file, source.replace(end, () => `${row(code, options)}${end}`));

  return () => {
    execFileSync(process.execPath, ['--conditions=@holdfast/source', 'tools/workspace/src/docs.ts'], { cwd: tree.root, stdio: 'inherit' });
  };
}

function row(code: string, { meaning, mend, retriable }: ErrorOptions): string {
  const fields = [`meaning: ${quote(meaning)}`, `mend: ${quote(mend)}`, ...(retriable ? ['retriable: true'] : [])];
  return `  ${code}: {\n${fields.map((field) => `    ${field},\n`).join('')}  },\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`).replaceAll('\n', ' ')}'`;
}

/** The first error of a package: an empty table, and the dependency that it needs. */
function startTable(tree: Tree, folder: string, name: string): void {
  const { name: published } = readJson<{ name: string }>(tree, `${folder}/package.json`);
  const { version } = readJson<{ version: string }>(tree, 'packages/protocol/package.json');
  const maker = `${name.replaceAll(/-(?<letter>\w)/g, (_, letter: string) => letter.toUpperCase())}Error`;
  tree.write(
    `${folder}/src/errors.ts`,
    [
      `import { errorFactory, type ErrorTable } from '@holdfast/protocol';\n`,
      `/** Every error that \`${published}\` throws. */`,
      `export const errorTable = {\n${end}\n`,
      `export const ${maker} = errorFactory(errorTable);\n`,
    ].join('\n'),
  );
  updateJson(tree, `${folder}/package.json`, (manifest: { dependencies?: Record<string, string> }) => ({
    ...manifest,
    dependencies: { ...manifest.dependencies, '@holdfast/protocol': `^${version}` },
  }));
  addEdge(tree, name, 'protocol');
}

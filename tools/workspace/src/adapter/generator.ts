import { basename, dirname, join } from 'node:path';
import { generateFiles, names, readJson, type Tree } from '@nx/devkit';

export interface AdapterOptions {
  readonly name: string;
  readonly package: string;
  /** The file of the port under src, without its ending: `transport/transport`. */
  readonly port: string;
  /** @default 'memory' */
  readonly from?: string;
}

/**
 * Writes a new adapter beside its port, exports it, and runs the contract of the port against it.
 *
 * The adapter starts out as another one under its own name, so that the contract is green from its first minute.
 */
export default function adapterGenerator(tree: Tree, { name, package: owner, port: portPath, from = 'memory' }: AdapterOptions): void {
  const folder = `packages/${owner}`;
  const port = basename(portPath);
  const directory = `${folder}/src/${dirname(portPath)}`;
  const refuse = (reason: string): Error => new Error(`Cannot create adapter "${name}": ${reason}`);
  const read = (file: string): string => {
    if (!tree.exists(file)) throw refuse(`${file} does not exist`);
    return tree.read(file, 'utf8') ?? '';
  };

  if (names(name).fileName !== name) throw refuse('its name has to be kebab-case');
  if (tree.exists(`${directory}/${name}.ts`)) throw refuse(`${directory}/${name}.ts exists`);
  const model = /export (?:async )?function ((?:create|open)\w+)/.exec(read(`${directory}/${from}.ts`))?.[1];
  if (!model) throw refuse(`${directory}/${from}.ts exports no function that creates or opens one`);
  const contractFile = `${folder}/src/testing/${port}-contract.ts`;
  const contract = /export const (\w+Contract)\b/.exec(read(contractFile))?.[1];
  if (!contract) throw refuse(`${contractFile} exports no contract`);
  const index = read(`${folder}/src/index.ts`);
  const place = new RegExp(`^export \\{[^}]*\\b${model}\\b[^}]*\\} from .*;\\n`, 'm');
  if (!place.test(index)) throw refuse(`${folder}/src/index.ts does not export "${model}"`);

  const create = renamed(model, from, name);
  const { name: published } = readJson<{ name: string }>(tree, `${folder}/package.json`);
  const values = { name, port, from, model, create, contract, published, tmpl: '' };
  generateFiles(tree, join(import.meta.dirname, 'files/source'), directory, values);
  generateFiles(tree, join(import.meta.dirname, 'files/test'), `${folder}/test`, values);
  tree.write(`${folder}/src/index.ts`, index.replace(place, (line) => `${line}export { ${create} } from './${join(dirname(portPath), name)}.ts';\n`));
}

/** `createMemoryStore` becomes `createPostgresStore`; a name that does not say what it is made from gets the new word behind its verb. */
function renamed(model: string, from: string, name: string): string {
  const [before, after] = [names(from).className, names(name).className];
  return model.includes(before) ? model.replace(before, after) : model.replace(/^create|^open/, (verb) => verb + after);
}

import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../projects.ts';
import { run } from './command.ts';

/** One way in which a consumer may compile. */
export interface Compiler {
  readonly title: string;
  /** The script of the compiler, run by Node. */
  readonly binary: string;
  readonly module: string;
  readonly resolution: string;
}

/**
 * The compilers that consumers are promised: the one of this repository, and the oldest, which is installed into
 * `scratch`. As a dependency of the repository it would bring a second `tsc` and take the place of the first.
 */
export async function installCompilers(scratch: string): Promise<Compiler[]> {
  const home = mkdtempSync(join(scratch, 'compiler-'));
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  await run(home, 'npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', 'typescript@5.4.5');
  const [oldest, newest] = [join(home, 'node_modules/typescript/bin/tsc'), join(root, 'node_modules/@typescript/native/bin/tsc')];
  return [
    { title: 'TypeScript 5.4, nodenext', binary: oldest, module: 'nodenext', resolution: 'nodenext' },
    { title: 'TypeScript 7, nodenext', binary: newest, module: 'nodenext', resolution: 'nodenext' },
    { title: 'TypeScript 7, bundler', binary: newest, module: 'esnext', resolution: 'bundler' },
  ];
}

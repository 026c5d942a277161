import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../projects.ts';
import { run } from './command.ts';
import type { Compiler } from './compilers.ts';
import { closure, type Packed } from './pack.ts';

/** One thing that must work in the folder of a stranger. */
interface Check {
  readonly title: string;
  readonly run: () => Promise<unknown>;
}

/** Loading this entry starts the main loop of a worker process, so it is not loaded here. */
const bootsAProcess = new Set(['@holdfast/executor/worker']);

/** What the checks of all packages share. */
export interface Surroundings {
  /** A folder for the folders of the strangers. */
  readonly scratch: string;
  /** Every package, by its published name. */
  readonly packed: ReadonlyMap<string, Packed>;
  readonly compilers: readonly Compiler[];
  /** Hears of each check that passed. */
  readonly passed: (check: string) => void;
}

/** Installs one package alone in an empty folder and uses it there as a stranger would. */
export async function checkPackage({ project: { manifest } }: Packed, { scratch, packed, compilers, passed }: Surroundings): Promise<void> {
  const home = mkdtempSync(join(scratch, 'home-'));
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  const entries = listEntries(manifest);
  const checks = [
    installs(home, manifest, closure(packed, manifest.name)),
    ...entries.flatMap((entry) => loads(home, entry)),
    ...(entries.length > 0 ? compiles(home, manifest, entries, compilers) : []),
    ...Object.keys(manifest.bin ?? {}).map((binary) => printsVersion(home, manifest, binary)),
  ];
  for (const check of checks) {
    // oxlint-disable-next-line no-await-in-loop -- each check needs the installation that the first one made
    await check.run();
    passed(check.title);
  }
}

function listEntries({ name, exports = {} }: Manifest): string[] {
  return Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => name + entry.slice(1))
    .filter((specifier) => !bootsAProcess.has(specifier));
}

/** No install script runs: a package that needs one would not work for whoever forbids them. */
function installs(home: string, { name }: Manifest, tarballs: ReadonlySet<string>): Check {
  const options = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
  return { title: `${name} installs alone`, run: () => run(home, 'npm', 'install', ...options, '@types/node@24', ...tarballs) };
}

function loads(home: string, entry: string): Check[] {
  const text = JSON.stringify(entry);
  return [
    { title: `${entry} import`, run: () => run(home, process.execPath, '--input-type=module', '--eval', `await import(${text})`) },
    { title: `${entry} require`, run: () => run(home, process.execPath, '--input-type=commonjs', '--eval', `require(${text})`) },
  ];
}

/** Compiles a strict consumer of all entries, with the declarations of the dependencies checked too. */
function compiles(home: string, { name }: Manifest, entries: readonly string[], compilers: readonly Compiler[]): Check[] {
  const imports = entries.map((entry, index) => `import * as entry${index} from ${JSON.stringify(entry)};\n`);
  const uses = entries.map((_, index) => `entry${index}`);
  writeFileSync(join(home, 'consumer.mts'), `${imports.join('')}export const entries = [${uses.join(', ')}];\n`);
  return compilers.map(({ title, binary, module, resolution }) => {
    const options = ['--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--types', 'node', '--module', module, '--moduleResolution', resolution];
    return {
      title: `${name} types (${title})`,
      run: () => run(home, process.execPath, binary, '--noEmit', ...options, 'consumer.mts'),
    };
  });
}

function printsVersion(home: string, { version }: Manifest, binary: string): Check {
  return {
    title: `${binary} --version prints ${version}`,
    run: async () => {
      const printed = (await run(home, 'npx', '--no', '--', binary, '--version')).trim();
      if (printed !== version) throw new Error(`Cannot accept "${binary} --version": expected "${version}", it printed "${printed}"`);
    },
  };
}

/**
 * What specifiers mean that are no paths: the names of the packages of a project, their `#` names, and the `paths` of its
 * compiler settings. All of them are patterns that stand for files, so that is what they become here.
 *
 * A package is often described by what is built of it, which is no source: `dist/order.js` then means `src/order.ts`.
 * Sources: https://nodejs.org/api/packages.html and https://www.typescriptlang.org/tsconfig/#paths.
 */
import { parse } from 'jsonc-parser';
import { z } from 'zod';
import { folderOf, joinPath } from './paths.ts';

export interface Alias {
  /** The folder whose files may use it, with a slash at its end; empty for all. */
  readonly within: string;
  /** As an import says it; `*` stands for any text. */
  readonly pattern: string;
  /** The files it may mean, the best first; `*` stands for the same text. */
  readonly targets: readonly string[];
}

export interface ProjectNames {
  readonly aliases: readonly Alias[];
  /** The folders of the packages, with a slash at their ends; empty for that of the whole project. */
  readonly packages: readonly string[];
}

export const noNames: ProjectNames = { aliases: [], packages: [] };

const settingsFile = /(?:^|\/)(?:package|[jt]sconfig(?:\.[\w-]+)*)\.json$/u;
const built = /^(?:dist|build|lib|out|output|esm|cjs)$/u;

/** Whether names may be in this file. */
export function isSettingsFile(path: string): boolean {
  return settingsFile.test(path);
}

/** What is in the settings files of a project. What cannot be read says nothing. */
export function readNames(files: ReadonlyMap<string, string>): ProjectNames {
  const settings = [...files].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([path, text]) => ({ folder: folderOf(path), isPackage: path.endsWith('package.json'), value: parse(text, [], { allowTrailingComma: true }) as unknown }));
  return {
    aliases: settings.flatMap(({ folder, isPackage, value }) => (isPackage ? aliasesOfPackage(folder, value) : aliasesOfCompiler(folder, value))),
    packages: settings.filter(({ isPackage }) => isPackage).map(({ folder }) => folder),
  };
}

const packageSchema = z.object({
  name: z.string().optional().catch(undefined),
  exports: z.unknown().optional(),
  imports: z.record(z.string(), z.unknown()).catch({}),
  types: z.string().optional().catch(undefined),
  module: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
});

function aliasesOfPackage(folder: string, value: unknown): readonly Alias[] {
  const parsed = packageSchema.safeParse(value);
  if (!parsed.success) return [];
  const { name, exports, imports, types, module, main } = parsed.data;
  const alias = (within: string, pattern: string, targets: readonly string[]): Alias => ({ within, pattern, targets: targets.flatMap((target) => sourcesOf(folder, target)) });
  const own = Object.entries(imports).map(([pattern, target]) => alias(folder, pattern, targetsOf(target)));
  if (name === undefined) return own;
  if (exports === undefined) {
    const entries = [types, module, main].filter((entry) => entry !== undefined);
    return [...own, alias('', name, [...entries, 'index', 'src/index']), alias('', `${name}/*`, ['*'])];
  }
  return [...own, ...subpathsOf(exports).map(([subpath, target]) => alias('', `${name}${subpath.slice(1)}`, targetsOf(target)))];
}

/** The entries of an exports map; one that has conditions alone is that of the package itself. */
function subpathsOf(exports: unknown): readonly (readonly [string, unknown])[] {
  const map = z.record(z.string(), z.unknown()).safeParse(exports);
  const entries = map.success ? Object.entries(map.data) : [];
  return entries.length > 0 && entries.every(([key]) => key.startsWith('.')) ? entries : [['.', exports]];
}

/** Every file under whatever condition, in order. */
function targetsOf(target: unknown): readonly string[] {
  if (typeof target === 'string') return target.startsWith('.') ? [target] : [];
  return typeof target === 'object' && target !== null ? Object.values(target).flatMap(targetsOf) : [];
}

/** The file, and the sources that it may be built of. */
function sourcesOf(folder: string, target: string): readonly string[] {
  const parts = joinPath('', target).split('/');
  const depth = parts.findIndex((part) => !built.test(part));
  const guesses = depth > 0 ? [['src', ...parts.slice(depth)], parts.slice(depth)] : [];
  return [parts, ...guesses].map((each) => folder + each.join('/').replace(/\.d\.([cm]?)ts$/u, '.$1ts'));
}

const compilerSchema = z.object({
  compilerOptions: z.object({
    baseUrl: z.string().optional(),
    paths: z.record(z.string(), z.array(z.string())).default({}),
  }),
});

function aliasesOfCompiler(folder: string, value: unknown): readonly Alias[] {
  const parsed = compilerSchema.safeParse(value);
  if (!parsed.success) return [];
  const { baseUrl, paths } = parsed.data.compilerOptions;
  const resolved = (target: string): string => joinPath(joinPath(folder, baseUrl ?? '.'), `/${target}`);
  const aliases = Object.entries(paths).map(([pattern, targets]) => ({ within: folder, pattern, targets: targets.map(resolved) }));
  return baseUrl === undefined ? aliases : [...aliases, { within: folder, pattern: '*', targets: [resolved('*')] }];
}

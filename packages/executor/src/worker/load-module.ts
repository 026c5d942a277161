import { createRequire, registerHooks } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Error, Object, Reflect, String, SyntaxError, process } from './intrinsics.ts';
import { PendingImports } from './pending-imports.ts';
import { placedAt } from './placed-at.ts';

/** Imports for cells: resolved from the file that a cell stands for, as if the cell were a module there. */
export interface ModuleLoader {
  /** Says which file the running cell stands for; relative names count from the working directory. */
  setFile(filename: string): void;
  readonly load: (specifier: string, options?: ImportCallOptions) => Promise<object>;
  readonly link: (specifier: string, names: readonly string[], options?: ImportCallOptions) => Promise<object>;
  readonly require: NodeJS.Require;
  /** Forgets the modules that a cancelled cell was loading, so that they begin anew when they are asked for again. Takes next to no time. */
  abandon(ordinal: number): void;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** Makes the loader of this process. Imports that this module starts at run time are the user's, so their parent is set to the cell. */
export function createModuleLoader(currentOrdinal: () => number): ModuleLoader {
  let place = { directory: process.cwd(), filename: 'cell.ts' };
  let url: string | undefined;
  const parent = (): string => (url ??= pathToFileURL(resolve(place.directory, place.filename)).href);
  const imports = new PendingImports();
  let isInDoubt = false;
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context.parentURL === import.meta.url ? { ...context, parentURL: parent() } : context);
      return context.conditions.includes('import') ? { ...resolved, url: imports.address(resolved.url) } : resolved;
    },
  });
  /** A module of CommonJS whose loading was terminated would stay as it is. */
  const dropHalfLoaded = (): void => {
    if (!isInDoubt) return;
    isInDoubt = false;
    for (const file of Object.keys(require.cache)) if (require.cache[file]?.loaded === false) Reflect.deleteProperty(require.cache, file);
  };
  const require = requireFrom(parent, dropHalfLoaded);
  const load = async (specifier: string, options?: ImportCallOptions): Promise<object> => {
    dropHalfLoaded();
    return imports.during(currentOrdinal(), async () => importModule(specifier, options));
  };

  return {
    setFile: (filename) => {
      place = { directory: process.cwd(), filename };
      url = undefined; // most cells import nothing, so it is made when asked for
    },
    load,
    link: async (specifier, names, options) => {
      const loaded = await load(specifier, options);
      for (const name of names) {
        if (!(name in loaded)) throw new SyntaxError(`The requested module '${specifier}' does not provide an export named '${name}'`);
      }
      return loaded;
    },
    require,
    abandon: (ordinal) => {
      isInDoubt = true;
      imports.abandon(ordinal);
    },
    meta: {
      get url() {
        return parent();
      },
      get filename() {
        return fileURLToPath(parent());
      },
      get dirname() {
        return dirname(fileURLToPath(parent()));
      },
      resolve: (specifier: string) => import.meta.resolve(specifier), // the hook has it resolved from the cell
    },
  };
}

/** A module that is not there or cannot be read; what its code throws stands where it was thrown. */
function isOfLoader(error: unknown): error is Error {
  return error instanceof SyntaxError || (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_'));
}

/** A `require` that resolves from a place that may change, and does something before it loads. */
function requireFrom(place: () => string, prepare: () => void): NodeJS.Require {
  let made = { from: '', require: createRequire(place()) };
  const current = (): NodeJS.Require => {
    const from = place();
    if (from !== made.from) made = { from, require: createRequire(from) };
    return made.require;
  };
  const resolveId = Object.assign((id: string, options?: NodeJS.RequireResolveOptions) => current().resolve(id, options), {
    paths: (request: string) => current().resolve.paths(request),
  });
  const { cache, main, extensions } = made.require;
  const load = (id: string): unknown => {
    prepare();
    return current()(id);
  };
  return Object.assign(load, { resolve: resolveId, cache, main, extensions });
}

async function importModule(specifier: string, options?: ImportCallOptions): Promise<object> {
  const asked = new Error();
  const loaded: unknown = await import(specifier, options).catch((error: unknown) => {
    throw isOfLoader(error) ? placedAt(asked, error) : error;
  });
  // What import() gives is a module namespace, which is an object.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return loaded as object;
}

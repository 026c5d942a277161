/** What counts as blocking. Every list replaces its default; spread {@link defaultBlocking} to add to one. */
export interface BlockingOptions {
  /**
   * Whether calls are looked for at all. Nothing is reported or counted otherwise.
   *
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * The blocking functions of each module, or `'*'` for all of them. A star inside a name stands for any letters, as in
   * `'*Sync'`; a dot leads into an object, as in `'$.sync'`. `fs` means `node:fs` too.
   *
   * @default {@link defaultBlocking}.modules
   */
  readonly modules?: Readonly<Record<string, readonly string[] | '*'>>;
  /**
   * Blocking functions that are globals.
   *
   * @default {@link defaultBlocking}.calls
   */
  readonly calls?: readonly string[];
  /**
   * Functions of modules that block only where a loop repeats them.
   *
   * @default {@link defaultBlocking}.polling
   */
  readonly polling?: Readonly<Record<string, readonly string[] | '*'>>;
  /**
   * Whether `while (true)` and its like, which nothing leaves or suspends, count as a blocking call.
   *
   * @default false
   */
  readonly endlessLoops?: boolean;
  /**
   * Whether each blocking call of a cell's own top level is told to `onWarning`.
   *
   * @default false
   */
  readonly warn?: boolean;
  /** Hears of blocking calls, if `warn` is set. */
  readonly onWarning?: (warning: BlockingWarning) => void;
}

/** A blocking call at the top level of a cell. */
export interface BlockingWarning {
  /** As `fs.readFileSync`. */
  readonly name: string;
  /** Where it stands in the user's source; both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** What blocks in Node and in well-known packages. */
export const defaultBlocking = {
  modules: {
    fs: ['*Sync'],
    child_process: ['*Sync'],
    crypto: ['*Sync'],
    zlib: ['*Sync'],
    'node:sqlite': ['DatabaseSync', 'StatementSync'],
    'better-sqlite3': '*',
    'sync-fetch': '*',
    'sync-request': '*',
    'sync-rpc': '*',
    deasync: '*',
    'readline-sync': '*',
    'fs-extra': ['*Sync'],
    'graceful-fs': ['*Sync'],
    execa: ['*Sync', '$.sync'],
    'cross-spawn': ['sync'],
  },
  calls: ['prompt', 'alert', 'confirm', 'Atomics.wait', '*Sync'],
  polling: { worker_threads: ['receiveMessageOnPort'] },
} as const satisfies BlockingOptions;

export type Patterns = readonly string[] | '*';

export interface ResolvedBlockingOptions {
  readonly enabled: boolean;
  readonly endlessLoops: boolean;
  readonly calls: Patterns;
  /** Left out where nobody is to hear. */
  readonly warn?: (warning: BlockingWarning) => void;
  /** The blocking functions of the module that a specifier names; undefined if it has none. */
  readonly patternsOf: (specifier: string) => Patterns | undefined;
  readonly pollingOf: (specifier: string) => Patterns | undefined;
}

/** @throws TypeError for a list that is none */
export function resolveBlockingOptions(options: BlockingOptions = {}): ResolvedBlockingOptions {
  const { enabled = true, modules = defaultBlocking.modules, calls = defaultBlocking.calls, polling = defaultBlocking.polling, endlessLoops = false } = options;
  for (const [name, patterns] of [...Object.entries(modules), ...Object.entries(polling), ['calls', calls] as const]) assertPatterns(name, patterns);
  const { warn = false, onWarning } = options;
  return {
    enabled,
    endlessLoops,
    calls,
    ...(warn && onWarning && { warn: onWarning }),
    patternsOf: (specifier) => patternsOf(modules, specifier),
    pollingOf: (specifier) => patternsOf(polling, specifier),
  };
}

/** Whether a path, as `['$', 'sync']`, is one of the listed ones. */
export function matches(patterns: Patterns, path: readonly string[]): boolean {
  if (patterns === '*') return true;
  return patterns.some((pattern) => {
    const segments = pattern.split('.');
    return segments.length === path.length && segments.every((segment, index) => matchesName(segment, path[index] ?? ''));
  });
}

function matchesName(pattern: string, name: string): boolean {
  const [start = '', end] = pattern.split('*');
  return end === undefined ? name === pattern : name.length >= pattern.length - 1 && name.startsWith(start) && name.endsWith(end);
}

function patternsOf(modules: Readonly<Record<string, Patterns>>, specifier: string): Patterns | undefined {
  const plain = specifier.replace(/^node:/u, '');
  if (Object.hasOwn(modules, specifier)) return modules[specifier];
  return Object.hasOwn(modules, plain) ? modules[plain] : undefined;
}

function assertPatterns(name: string, patterns: unknown): void {
  if (patterns === '*' || (Array.isArray(patterns) && patterns.every((pattern) => typeof pattern === 'string'))) return;
  throw new TypeError(`Cannot use the blocking functions of "${name}": expected "*" or a list of names`);
}

/**
 * Finds calls that block the thread: synchronous functions of modules that are listed, and globals that are. Only what
 * can be followed to its module counts, so a variable of the user's own that has the same name never does.
 */
import type { AnyNode, Program } from 'acorn';
import { matches, type ResolvedBlockingOptions } from './blocking-options.ts';
import { Origins, requireNames, type KnownOrigins, type Origin } from './origins.ts';
import { visitWithAncestors } from './scopes.ts';

/** A place of the analysed text, and what stands there, as `fs.readFileSync`. */
interface BlockingUse {
  readonly name: string;
  readonly offset: number;
}

interface BlockingCall extends BlockingUse {
  /** Whether the cell itself makes the call, rather than a function that it defines. */
  readonly runsAtTopLevel: boolean;
}

export interface BlockingReport {
  /** Imports of modules that have blocking functions. */
  readonly imports: readonly BlockingUse[];
  readonly calls: readonly BlockingCall[];
  /** Calls whose name sounds blocking, on a value that could not be followed to its module. */
  readonly missed: readonly BlockingUse[];
  /** Where the values come from that the cell gives to names of the top level. */
  readonly origins: ReadonlyMap<string, Origin | undefined>;
}

export function findBlocking(program: Program, known: KnownOrigins, options: ResolvedBlockingOptions): BlockingReport {
  const imports: BlockingUse[] = [];
  const calls: BlockingCall[] = [];
  const missed: BlockingUse[] = [];
  if (!options.enabled) return { imports, calls, missed, origins: new Map() };
  const origins = new Origins(program, known);

  visitWithAncestors(program, (node, ancestors) => {
    const offset = node.start;
    for (const name of importedBlocking(node, ancestors)) imports.push({ name, offset });
    if (options.endlessLoops && isEndlessLoop(node)) calls.push({ name: 'an endless loop', offset, runsAtTopLevel: runsAtTopLevel(ancestors) });
    const callee = calleeOf(node);
    if (!callee) return;
    const origin = origins.find(callee, ancestors);
    if (origin && blocks(origin, ancestors, options)) calls.push({ name: describe(origin), offset, runsAtTopLevel: runsAtTopLevel(ancestors) });
    else if (isMissed(callee, origin, ancestors)) missed.push({ name: lastName(callee), offset });
  });
  return { imports, calls, missed, origins: origins.ofTopLevel };

  function importedBlocking(node: AnyNode, ancestors: readonly AnyNode[]): readonly string[] {
    const [module, names] = importOf(node, ancestors);
    if (module === undefined) return [];
    const listed = options.patternsOf(module);
    return listed && (!names || names.some((name) => name === 'default' || matches(listed, [name]))) ? [module] : [];
  }

  /** The module that a node imports, and the names that it takes from it if those are all. */
  function importOf(node: AnyNode, ancestors: readonly AnyNode[]): readonly [module?: string | undefined, names?: readonly string[]] {
    if (node.type === 'ImportDeclaration') {
      const names = node.specifiers.map((specifier) =>
        specifier.type === 'ImportSpecifier' ? (specifier.imported.type === 'Identifier' ? specifier.imported.name : String(specifier.imported.value)) : 'default',
      );
      return [String(node.source.value), names];
    }
    const isLoading = node.type === 'ImportExpression' || (node.type === 'CallExpression' && isRequire(origins.find(node.callee, ancestors)));
    return isLoading ? [origins.find(node, ancestors)?.module] : [];
  }

  function isMissed(callee: AnyNode, origin: Origin | undefined, ancestors: readonly AnyNode[]): boolean {
    if (callee.type === 'ChainExpression' || callee.type === 'ParenthesizedExpression') return isMissed(callee.expression, origin, ancestors);
    if (callee.type !== 'MemberExpression' || !lastName(callee).endsWith('Sync')) return false;
    if (origin && (origin.module !== undefined || origin.path.length === 1)) return false;
    return callee.object.type !== 'Identifier' || !origins.isOwn(callee.object.name, ancestors);
  }
}

function calleeOf(node: AnyNode): AnyNode | undefined {
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
      return node.callee;
    case 'TaggedTemplateExpression':
      return node.tag;
    default:
      return undefined;
  }
}

function isRequire(origin: Origin | undefined): boolean {
  return origin?.module === undefined && requireNames.has(origin?.path.join('.') ?? '');
}

function blocks(origin: Origin, ancestors: readonly AnyNode[], options: ResolvedBlockingOptions): boolean {
  const path = calledPath(origin);
  if (origin.module === undefined) return matches(options.calls, path);
  const listed = options.patternsOf(origin.module);
  if (listed && matches(listed, origin.isInstance ? path.slice(0, 1) : path)) return true;
  const polled = options.pollingOf(origin.module);
  return polled !== undefined && matches(polled, path) && repeats(ancestors);
}

/** `default` and `globalThis` name what is behind them, and `call` and `apply` what is before. */
function calledPath({ path }: Origin): readonly string[] {
  const start = path[0] === 'default' || path[0] === 'globalThis' ? 1 : 0;
  const last = path.at(-1);
  return path.slice(start, last === 'call' || last === 'apply' || last === 'native' ? -1 : undefined);
}

function describe(origin: Origin): string {
  return [...(origin.module === undefined ? [] : [origin.module.replace(/^node:/u, '')]), ...calledPath(origin)].join('.');
}

function lastName(callee: AnyNode): string {
  if (callee.type === 'MemberExpression') return callee.property.type === 'Identifier' && !callee.computed ? callee.property.name : '';
  return callee.type === 'ChainExpression' || callee.type === 'ParenthesizedExpression' ? lastName(callee.expression) : '';
}

/** Whether the last of these nodes runs with the cell: not in the body of a function, unless that is called on the spot. */
function runsAtTopLevel(ancestors: readonly AnyNode[]): boolean {
  return ancestors.every((node, index) => {
    if (index === ancestors.length - 1) return true;
    if (node.type === 'PropertyDefinition') return node.static || ancestors[index + 1] === node.key;
    return !isFunction(node) || isCalledOnTheSpot(node, ancestors.slice(0, index));
  });
}

function isFunction(node: AnyNode): node is Extract<AnyNode, { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }> {
  return node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression';
}

function isCalledOnTheSpot(node: AnyNode, around: readonly AnyNode[]): boolean {
  if (!isFunction(node) || node.generator) return false;
  const index = around.findLastIndex(({ type }) => type !== 'ParenthesizedExpression');
  const parent = around[index];
  return parent?.type === 'CallExpression' && parent.callee === (around[index + 1] ?? node);
}

const loopTypes: ReadonlySet<AnyNode['type']> = new Set(['WhileStatement', 'DoWhileStatement', 'ForStatement'] as const);

/** Whether a loop of the same function repeats the last of these nodes. */
function repeats(ancestors: readonly AnyNode[]): boolean {
  return ancestors.slice(ancestors.findLastIndex(isFunction) + 1).some(({ type }) => loopTypes.has(type));
}

/** A loop that nothing in it leaves or suspends. */
function isEndlessLoop(node: AnyNode): boolean {
  if (node.type !== 'WhileStatement' && node.type !== 'ForStatement' && node.type !== 'DoWhileStatement') return false;
  if (node.test && !(node.test.type === 'Literal' && Boolean(node.test.value))) return false;
  let leaves = false;
  const body: Program = { type: 'Program', body: [node.body], sourceType: 'script', start: node.start, end: node.end };
  visitWithAncestors(body, ({ type }, ancestors) => {
    leaves ||= leavingTypes.has(type) && !ancestors.some(isFunction);
  });
  return !leaves;
}

const leavingTypes: ReadonlySet<AnyNode['type']> = new Set([
  'AwaitExpression',
  'BreakStatement',
  'ReturnStatement',
  'ThrowStatement',
  'YieldExpression',
] as const);

/**
 * Where values come from: follows a name or an expression back to the module, or the global, that it was taken from,
 * through imports, `require`, destructuring and aliases, also those of earlier cells. It does not follow the flow of
 * control: a name that is given two different things counts as unknown, so that a doubt never becomes a claim.
 */
import type { AnyNode, Identifier, ImportDeclaration, Program } from 'acorn';
import { findDeclarations } from './declarations.ts';
import { Scopes, visitWithAncestors } from './scopes.ts';

/** `readFileSync` of `import { readFileSync } from 'fs'` is the path `['readFileSync']` of the module `fs`. */
export interface Origin {
  /** Left out for a global. */
  readonly module?: string;
  readonly path: readonly string[];
  /** It was made by `new`, or by a method of something that was. */
  readonly isInstance?: true;
}

/** What earlier cells tell: the origin of each name that the user defined, or undefined for something of their own. */
export type KnownOrigins = ReadonlyMap<string, { readonly origin?: Origin }>;

/** Methods of an instance that give another thing whose methods block as well; others give plain values. */
const handleMethods: ReadonlySet<string> = new Set(['prepare', 'transaction', 'createSession', 'createTagStore']);

export class Origins {
  readonly #scopes: Scopes;
  readonly #program: Program;
  readonly #known: KnownOrigins;
  readonly #declared: ReadonlySet<string>;
  readonly #origins = new Map<AnyNode, Map<string, Origin | undefined>>();

  constructor(program: Program, known: KnownOrigins) {
    this.#program = program;
    this.#known = known;
    this.#scopes = new Scopes(program);
    this.#declared = new Set(findDeclarations(program).keys());
    visitWithAncestors(program, (node, ancestors) => this.#collect(node, ancestors));
  }

  /** What the names of the top level hold, those that a cell only assigns included. */
  get ofTopLevel(): ReadonlyMap<string, Origin | undefined> {
    return this.#origins.get(this.#program) ?? new Map();
  }

  /** Where the value of an expression comes from. */
  find(node: AnyNode, ancestors: readonly AnyNode[]): Origin | undefined {
    switch (node.type) {
      case 'Identifier':
        return this.#ofName(node.name, ancestors);
      case 'ParenthesizedExpression':
      case 'ChainExpression':
        return this.find(node.expression, ancestors);
      case 'AwaitExpression':
        return this.find(node.argument, ancestors);
      case 'SequenceExpression': {
        const last = node.expressions.at(-1);
        return last && this.find(last, ancestors);
      }
      case 'AssignmentExpression':
        return node.operator === '=' ? this.find(node.right, ancestors) : undefined;
      case 'MemberExpression':
        return member(this.find(node.object, ancestors), node.computed ? textOf(node.property) : nameOf(node.property));
      case 'ImportExpression':
        return ofModule(textOf(node.source));
      case 'NewExpression': {
        const made = this.find(node.callee, ancestors);
        return made?.module === undefined ? undefined : { ...made, isInstance: true };
      }
      case 'CallExpression':
        return this.#ofCall(this.find(node.callee, ancestors), node.arguments[0]);
      default:
        return undefined;
    }
  }

  /** Whether a name is the user's own here, by a cell or by a function around it. */
  isOwn(name: string, ancestors: readonly AnyNode[]): boolean {
    return this.#scopes.findBinder(name, ancestors) !== undefined || this.#declared.has(name) || this.#known.has(name) || this.ofTopLevel.has(name);
  }

  #ofName(name: string, ancestors: readonly AnyNode[]): Origin | undefined {
    const binder = this.#scopes.findBinder(name, ancestors);
    const own = this.#origins.get(binder ?? this.#program);
    if (binder || own?.has(name)) return own?.get(name);
    if (this.#declared.has(name)) return undefined;
    return this.#known.has(name) ? this.#known.get(name)?.origin : { path: name === 'globalThis' ? [] : [name] };
  }

  #ofCall(callee: Origin | undefined, argument: AnyNode | undefined): Origin | undefined {
    if (!callee) return undefined;
    const called = callee.path.join('.');
    if (callee.module === undefined) return requireNames.has(called) ? ofModule(textOf(argument)) : undefined;
    if (isModule(callee.module, 'module') && called.endsWith('createRequire')) return { path: ['require'] };
    const last = callee.path.at(-1) ?? '';
    if (last === 'bind') return { ...callee, path: callee.path.slice(0, -1) };
    if (callee.isInstance) return handleMethods.has(last) ? callee : undefined;
    return called === '' || called === 'default' ? { ...callee, isInstance: true } : undefined; // a module that is a factory
  }

  #collect(node: AnyNode, ancestors: readonly AnyNode[]): void {
    if (node.type === 'ImportDeclaration') this.#collectImport(node);
    if (node.type === 'VariableDeclarator' && node.init) this.#assign(node.id, node.init, ancestors);
    if (node.type === 'AssignmentExpression' && node.operator === '=') this.#assign(node.left, node.right, ancestors);
  }

  #collectImport({ specifiers, source }: ImportDeclaration): void {
    for (const specifier of specifiers) {
      const path =
        specifier.type === 'ImportNamespaceSpecifier' ? [] : [specifier.type === 'ImportDefaultSpecifier' ? 'default' : (nameOf(specifier.imported) ?? '')];
      this.#set(specifier.local, { module: String(source.value), path }, []);
    }
  }

  #assign(pattern: AnyNode, value: AnyNode, ancestors: readonly AnyNode[]): void {
    if (!isNothing(value)) this.#bind(pattern, this.find(value, ancestors), ancestors);
  }

  #bind(pattern: AnyNode, origin: Origin | undefined, ancestors: readonly AnyNode[]): void {
    switch (pattern.type) {
      case 'Identifier':
        return this.#set(pattern, origin, ancestors);
      case 'ParenthesizedExpression':
        return this.#bind(pattern.expression, origin, ancestors);
      case 'AssignmentPattern':
        return this.#bind(pattern.left, origin, ancestors);
      case 'RestElement':
        return this.#bind(pattern.argument, origin, ancestors);
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element) this.#bind(element, undefined, ancestors);
        return;
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') this.#bind(property, origin, ancestors);
          else this.#bind(property.value, member(origin, property.computed ? textOf(property.key) : nameOf(property.key)), ancestors);
        }
        return;
      default: // a property of some object, which is not followed
    }
  }

  #set({ name }: Identifier, origin: Origin | undefined, ancestors: readonly AnyNode[]): void {
    const binder = this.#scopes.findBinder(name, ancestors) ?? this.#program;
    const origins = this.#origins.get(binder) ?? new Map<string, Origin | undefined>();
    origins.set(name, origins.has(name) && !isSame(origins.get(name), origin) ? undefined : origin);
    this.#origins.set(binder, origins);
  }
}

/** Calls that load a module by its name. */
export const requireNames: ReadonlySet<string> = new Set(['require', 'module.require', 'process.getBuiltinModule']);

/** Whether a specifier names a module of Node, with or without its prefix. */
function isModule(specifier: string, name: string): boolean {
  return specifier === name || specifier === `node:${name}`;
}

function ofModule(module: string | undefined): Origin | undefined {
  return module === undefined ? undefined : { module, path: [] };
}

function member(origin: Origin | undefined, name: string | undefined): Origin | undefined {
  return origin && name !== undefined ? { ...origin, path: [...origin.path, name] } : undefined;
}

function nameOf(node: AnyNode): string | undefined {
  return node.type === 'Identifier' ? node.name : textOf(node);
}

/** A text that stands in the source as it is. */
function textOf(node: AnyNode | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  return node?.type === 'TemplateLiteral' && node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
}

/** `let fs = null` says nothing about what the name will hold. */
function isNothing(node: AnyNode): boolean {
  return (node.type === 'Literal' && node.value === null && node.raw === 'null') || (node.type === 'Identifier' && node.name === 'undefined');
}

function isSame(left: Origin | undefined, right: Origin | undefined): boolean {
  return left?.module === right?.module && left?.path.join('.') === right?.path.join('.');
}

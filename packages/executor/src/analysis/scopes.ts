/**
 * Which names are local where. Every node that opens a scope is listed with the names that it binds; a name that no
 * enclosing node binds is one of the cell's top level, of an earlier cell, or a global.
 *
 * `var` and functions are hoisted as in sloppy code. Names inside `with` count as local, for nobody can tell.
 */
import type { AnyNode, Identifier, Program } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { boundNames } from './declarations.ts';

type FunctionNode = Extract<AnyNode, { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }>;

export class Scopes {
  readonly #locals = new Map<AnyNode, Set<string>>();

  constructor(program: Program) {
    visitWithAncestors(program, (node, ancestors) => this.#collect(node, ancestors));
  }

  /** The node that binds a name for the last of these nodes, the outermost first; undefined stands for the top level. */
  findBinder(name: string, ancestors: readonly AnyNode[]): AnyNode | undefined {
    return ancestors.findLast((node, index) => {
      const inner = ancestors[index + 1];
      if (node.type === 'WithStatement') return inner === node.body;
      if (node.type === 'SwitchStatement' && inner === node.discriminant) return false;
      return this.#locals.get(node)?.has(name);
    });
  }

  #collect(node: AnyNode, ancestors: readonly AnyNode[]): void {
    switch (node.type) {
      case 'VariableDeclaration': {
        const binder = node.kind === 'var' ? functionScope(ancestors) : blockScope(ancestors);
        for (const { id } of node.declarations) this.#bind(binder, boundNames(id));
        return;
      }
      case 'FunctionDeclaration':
        this.#bind(blockScope(ancestors), boundBy(node));
        this.#bind(functionScope(ancestors.slice(0, -1)), boundBy(node));
        this.#bindParameters(node);
        return;
      case 'FunctionExpression':
        this.#bind(node, boundBy(node));
        this.#bindParameters(node);
        return;
      case 'ArrowFunctionExpression':
        this.#bindParameters(node);
        return;
      case 'ClassDeclaration':
        this.#bind(blockScope(ancestors), boundBy(node));
        this.#bind(node, boundBy(node));
        return;
      case 'ClassExpression':
        this.#bind(node, boundBy(node));
        return;
      case 'CatchClause':
        if (node.param) this.#bind(node, boundNames(node.param));
        return;
      default:
    }
  }

  #bindParameters(node: FunctionNode): void {
    this.#bind(node, node.params.flatMap((parameter) => boundNames(parameter)));
    if (node.type !== 'ArrowFunctionExpression') this.#bind(node, ['arguments']);
  }

  #bind(binder: AnyNode | undefined, names: readonly string[]): void {
    if (!binder) return;
    const locals = this.#locals.get(binder) ?? new Set();
    for (const name of names) locals.add(name);
    this.#locals.set(binder, locals);
  }
}

/** The name of a function or class, which has none where it is exported as the default. */
function boundBy({ id }: { readonly id?: Identifier | null | undefined }): readonly string[] {
  return id ? [id.name] : [];
}

/** Every use of a name that no local binding shadows, reads and assignments alike; declarations are no uses. */
export function findOuterReferences(program: Program): readonly Identifier[] {
  const scopes = new Scopes(program);
  const declared = new Set<AnyNode>();
  const found: Identifier[] = [];
  visitWithAncestors(program, (node, ancestors) => {
    for (const identifier of declaredIdentifiers(node)) declared.add(identifier);
    if (node.type === 'Identifier' && !scopes.findBinder(node.name, ancestors)) found.push(node);
  });
  return found.filter((identifier) => !declared.has(identifier));
}

/** Visits every node, function bodies included, with the nodes around it: the outermost first, itself last. */
export function visitWithAncestors(program: Program, visit: (node: AnyNode, ancestors: readonly AnyNode[]) => void): void {
  fullAncestor(program, (node, _state, ancestors) => visit(node, ancestors));
}

/** The identifiers inside a pattern that are bound or assigned. */
export function targetIdentifiers(pattern: AnyNode | null | undefined): Identifier[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => targetIdentifiers(property.type === 'Property' ? property.value : property.argument));
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => targetIdentifiers(element));
    case 'AssignmentPattern':
      return targetIdentifiers(pattern.left);
    case 'RestElement':
      return targetIdentifiers(pattern.argument);
    case 'ParenthesizedExpression':
      return targetIdentifiers(pattern.expression);
    default:
      return [];
  }
}

function declaredIdentifiers(node: AnyNode): Identifier[] {
  switch (node.type) {
    case 'VariableDeclarator':
      return targetIdentifiers(node.id);
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return [...targetIdentifiers(node.id), ...node.params.flatMap((parameter) => targetIdentifiers(parameter))];
    case 'ClassDeclaration':
    case 'ClassExpression':
      return targetIdentifiers(node.id);
    case 'CatchClause':
      return targetIdentifiers(node.param);
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
      return [node.local];
    default:
      return [];
  }
}

/** Where a `var` goes: the body of the function around it. The top level is no scope of its own. */
function functionScope(ancestors: readonly AnyNode[]): AnyNode | undefined {
  const around = ancestors.findLast(isFunctionLike);
  return around?.type === 'StaticBlock' ? around : around?.body;
}

function isFunctionLike(node: AnyNode): node is FunctionNode | Extract<AnyNode, { type: 'StaticBlock' }> {
  return isFunction(node) || node.type === 'StaticBlock';
}

function isFunction(node: AnyNode): node is FunctionNode {
  return node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression';
}

/** Where the declaration that is the last of these nodes goes: the block, loop or switch around it. */
function blockScope(ancestors: readonly AnyNode[]): AnyNode | undefined {
  const binder = ancestors.slice(0, -1).findLast((node) => blockTypes.has(node.type));
  return binder?.type === 'Program' ? undefined : binder;
}

const blockTypes: ReadonlySet<AnyNode['type']> = new Set([
  'Program',
  'BlockStatement',
  'StaticBlock',
  'SwitchStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
] as const);

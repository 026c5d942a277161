/**
 * Finds the names that each definition uses. Names that the definition binds itself (parameters, variables) do not count.
 * There is no scope analysis: a local name hides an imported one in the whole definition, and has one way to come by
 * throughout it, which is right nearly always.
 */
import type { Definition, Reference } from './definition.ts';
import { annotatedType, ofType, waysTo } from './declared-types.ts';
import { childOf, childrenOf, isNode, nameOf, partsOf, type SyntaxNode } from './syntax-node.ts';

export interface CollectedReferences {
  readonly references: readonly Reference[];
  /** Names that stand for any type somewhere in the file. */
  readonly typeParameters: ReadonlySet<string>;
}

export function collectReferences(program: SyntaxNode, definitions: readonly Definition[], byNode: ReadonlyMap<SyntaxNode, number>): CollectedReferences {
  const collector = new Collector(definitions, byNode);
  collector.visit(program, undefined, undefined);
  return { references: collector.references(), typeParameters: collector.typeParameters };
}

/** What an identifier is, by the node and the field it stands in. */
const bindingFields: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  CatchClause: ['param'],
  TSTypeParameter: ['name'],
  ClassDeclaration: ['id'],
  TSParameterProperty: ['parameter'],
  TSFunctionType: ['params'],
  TSMethodSignature: ['params'],
  TSCallSignatureDeclaration: ['params'],
  TSConstructSignatureDeclaration: ['params'],
  TSEmptyBodyFunctionExpression: ['params'],
  TSDeclareFunction: ['id', 'params'],
};
const keyHolders: ReadonlySet<string> = new Set(['Property', 'MethodDefinition', 'PropertyDefinition', 'TSPropertySignature', 'TSMethodSignature', 'TSAbstractMethodDefinition', 'TSAbstractPropertyDefinition', 'AccessorProperty', 'TSEnumMember']);
const declarations: ReadonlySet<string> = new Set(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSEnumDeclaration', 'TSModuleDeclaration', 'LabeledStatement', 'BreakStatement', 'ContinueStatement', 'TSNamedTupleMember', 'MetaProperty']);
const importing: ReadonlySet<string> = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ExportSpecifier']);

/** A way through more names than these is not followed. */
const maxSteps = 8;

interface Use {
  readonly owner: number;
  readonly kind: Reference['kind'];
  readonly name: string;
  readonly object: string | null;
  readonly ways: readonly string[] | null;
  count: number;
  inBody: number;
}

class Collector {
  readonly #definitions: readonly Definition[];
  readonly #byNode: ReadonlyMap<SyntaxNode, number>;
  readonly #uses = new Map<string, Use>();
  readonly typeParameters = new Set<string>();
  /** How the names that a definition binds are come by. */
  readonly #bound = new Map<number, Map<string, readonly string[] | null>>();
  /** Names that it takes out of objects. */
  readonly #taken = new Map<number, Set<string>>();

  constructor(definitions: readonly Definition[], byNode: ReadonlyMap<SyntaxNode, number>) {
    this.#definitions = definitions;
    this.#byNode = byNode;
  }

  references(): Reference[] {
    const uses = [...this.#uses.values()].filter(({ owner, kind, name }) => kind !== 'name' || this.#bound.get(owner)?.has(name) !== true);
    return uses.map(({ owner, kind, name, object, ways, count, inBody }) => ({ owner, kind, name, object, ways: ways && this.#followed(owner, ways), count, inBody }));
  }

  visit(node: SyntaxNode, owner: number | undefined, parent: SyntaxNode | undefined): void {
    if (importing.has(node.type)) return;
    const inner = this.#byNode.get(node) ?? owner;
    if (node.type === 'Identifier' || node.type === 'JSXIdentifier' || node.type === 'PrivateIdentifier') this.#identifier(node, inner, parent);
    if (node.type === 'ObjectPattern' && inner !== undefined) for (const { value } of childrenOf(node, 'properties')) this.#take(inner, value);
    for (const part of partsOf(node)) this.visit(part, inner, node);
  }

  #take(owner: number, value: unknown): void {
    const target = isNode(value) && value.type === 'AssignmentPattern' ? childOf(value, 'left') : value;
    const name = isNode(target) ? nameOf(target) : undefined;
    if (name !== undefined) this.#taken.set(owner, (this.#taken.get(owner) ?? new Set()).add(name));
  }

  /** Ways that begin at names of the definition itself, as ways from names that others can look up. */
  #followed(owner: number, ways: readonly string[]): readonly string[] | null {
    let followed = ways;
    for (let step = 0; step < maxSteps; step += 1) {
      const [first = '', ...rest] = followed;
      if (this.#taken.get(owner)?.has(first) === true || followed.length > maxSteps) return null;
      const before = this.#bound.get(owner)?.get(first);
      if (before === undefined) return followed;
      if (before === null) return null;
      followed = [...before, ...rest];
    }
    return null;
  }

  #identifier(node: SyntaxNode, owner: number | undefined, parent: SyntaxNode | undefined): void {
    const name = nameOf(node);
    if (owner === undefined || name === undefined || !parent) return;
    if (isBinding(node, parent)) {
      const isDefinition = parent.type !== 'TSTypeParameter' && this.#byNode.get(parent) === owner && parent['id'] === node;
      if (parent.type === 'TSTypeParameter') this.typeParameters.add(name);
      if (!isDefinition) this.#bind(owner, name, wayToBinding(node, parent));
      return;
    }
    if (declarations.has(parent.type) && (parent['id'] === node || parent['label'] === node)) return;
    if (keyHolders.has(parent.type) && parent['key'] === node && parent['computed'] !== true && parent['shorthand'] !== true) return;
    const behindDot = memberAccess(node, parent);
    if (!behindDot) this.#use({ owner, kind: 'name', name, object: null, ways: null }, node.start);
    else if (behindDot.type === 'ThisExpression') this.#use({ owner, kind: 'own', name, object: null, ways: null }, node.start);
    else this.#use({ owner, kind: 'member', name, object: nameOf(behindDot) ?? null, ways: waysTo(behindDot) }, node.start);
  }

  #bind(owner: number, name: string, ways: readonly string[] | null): void {
    const names = this.#bound.get(owner) ?? new Map();
    this.#bound.set(owner, names.set(name, names.get(name) ?? ways));
  }

  #use(found: Omit<Use, 'count' | 'inBody'>, at: number): void {
    const key = `${found.owner} ${found.kind} ${found.name} ${found.object ?? ''} ${found.ways?.join('.') ?? ''}`;
    const use = this.#uses.get(key) ?? { ...found, count: 0, inBody: 0 };
    this.#uses.set(key, use);
    const body = this.#definitions[found.owner]?.body;
    use.count += 1;
    if (body && at >= body.start && at < body.end) use.inBody += 1;
  }
}

/** What stands before the dot, where the node stands behind one. */
function memberAccess(node: SyntaxNode, parent: SyntaxNode): SyntaxNode | undefined {
  if ((parent.type === 'MemberExpression' || parent.type === 'JSXMemberExpression') && parent['property'] === node && parent['computed'] !== true) return childOf(parent, 'object');
  return parent.type === 'TSQualifiedName' && parent['right'] === node ? childOf(parent, 'left') : undefined;
}

/** How what a name is bound to is come by: by its type, or by the value that it is given. */
function wayToBinding(node: SyntaxNode, parent: SyntaxNode): readonly string[] | null {
  const value = { VariableDeclarator: 'init', AssignmentPattern: 'right' }[parent.type];
  const isNamed = node['typeAnnotation'] !== undefined && node['typeAnnotation'] !== null;
  return isNamed ? ofType(annotatedType(node)) : value === undefined ? null : waysTo(childOf(parent, value));
}

function isBinding(node: SyntaxNode, parent: SyntaxNode): boolean {
  const fields = bindingFields[parent.type];
  if (fields) return fields.some((field) => parent[field] === node || (Array.isArray(parent[field]) && parent[field].includes(node)));
  if (parent.type === 'AssignmentPattern') return parent['left'] === node;
  if (parent.type === 'RestElement' || parent.type === 'ArrayPattern') return true;
  return false;
}

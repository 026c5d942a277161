/**
 * Finds the names that each definition uses. Names that the definition binds itself (parameters, variables) do not count.
 * There is no scope analysis: a local name hides an imported one in the whole definition, which is right nearly always.
 */
import type { Definition, Reference } from './definition.ts';
import { childOf, nameOf, partsOf, type SyntaxNode } from './syntax-node.ts';

export function collectReferences(program: SyntaxNode, definitions: readonly Definition[], byNode: ReadonlyMap<SyntaxNode, number>): Reference[] {
  const collector = new Collector(definitions, byNode);
  collector.visit(program, undefined, undefined);
  return collector.references();
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

interface Use {
  readonly owner: number;
  readonly kind: Reference['kind'];
  readonly name: string;
  readonly object: string | null;
  count: number;
  inBody: number;
}

class Collector {
  readonly #definitions: readonly Definition[];
  readonly #byNode: ReadonlyMap<SyntaxNode, number>;
  readonly #uses = new Map<string, Use>();
  readonly #bound = new Map<number, Set<string>>();

  constructor(definitions: readonly Definition[], byNode: ReadonlyMap<SyntaxNode, number>) {
    this.#definitions = definitions;
    this.#byNode = byNode;
  }

  references(): Reference[] {
    return [...this.#uses.values()].filter(({ owner, kind, name }) => kind !== 'name' || this.#bound.get(owner)?.has(name) !== true);
  }

  visit(node: SyntaxNode, owner: number | undefined, parent: SyntaxNode | undefined): void {
    if (importing.has(node.type)) return;
    const inner = this.#byNode.get(node) ?? owner;
    if (node.type === 'Identifier' || node.type === 'JSXIdentifier' || node.type === 'PrivateIdentifier') this.#identifier(node, inner, parent);
    for (const part of partsOf(node)) this.visit(part, inner, node);
  }

  #identifier(node: SyntaxNode, owner: number | undefined, parent: SyntaxNode | undefined): void {
    const name = nameOf(node);
    if (owner === undefined || name === undefined || !parent) return;
    if (isBinding(node, parent)) {
      const isDefinition = parent.type !== 'TSTypeParameter' && this.#byNode.get(parent) === owner && parent['id'] === node;
      if (!isDefinition) this.#bind(owner, name);
      return;
    }
    if (declarations.has(parent.type) && (parent['id'] === node || parent['label'] === node)) return;
    if (keyHolders.has(parent.type) && parent['key'] === node && parent['computed'] !== true && parent['shorthand'] !== true) return;
    const behindDot = memberAccess(node, parent);
    if (!behindDot) this.#use(owner, 'name', name, null, node.start);
    else if (behindDot.type === 'ThisExpression') this.#use(owner, 'own', name, null, node.start);
    else this.#use(owner, 'member', name, nameOf(behindDot) ?? null, node.start);
  }

  #bind(owner: number, name: string): void {
    const names = this.#bound.get(owner) ?? new Set();
    this.#bound.set(owner, names.add(name));
  }

  #use(owner: number, kind: Use['kind'], name: string, object: string | null, at: number): void {
    const key = `${owner} ${kind} ${name} ${object ?? ''}`;
    const use = this.#uses.get(key) ?? { owner, kind, name, object, count: 0, inBody: 0 };
    this.#uses.set(key, use);
    const body = this.#definitions[owner]?.body;
    use.count += 1;
    if (body && at >= body.start && at < body.end) use.inBody += 1;
  }
}

/** What stands before the dot, where the node stands behind one. */
function memberAccess(node: SyntaxNode, parent: SyntaxNode): SyntaxNode | undefined {
  if ((parent.type === 'MemberExpression' || parent.type === 'JSXMemberExpression') && parent['property'] === node && parent['computed'] !== true) return childOf(parent, 'object');
  return parent.type === 'TSQualifiedName' && parent['right'] === node ? childOf(parent, 'left') : undefined;
}

function isBinding(node: SyntaxNode, parent: SyntaxNode): boolean {
  const fields = bindingFields[parent.type];
  if (fields) return fields.some((field) => parent[field] === node || (Array.isArray(parent[field]) && parent[field].includes(node)));
  if (parent.type === 'AssignmentPattern') return parent['left'] === node;
  if (parent.type === 'RestElement' || parent.type === 'ArrayPattern') return true;
  return false;
}

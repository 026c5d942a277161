/**
 * Whether the text of a function alone makes it again. The parser says which names it takes from outside, V8 which of
 * them it captured, and what a class would run while it is made is refused: a restore runs no code of the user.
 */
import { parse, type AnyNode, type ClassExpression, type Expression, type MethodDefinition, type PropertyDefinition } from 'acorn';
import type { FunctionFacts, FunctionReport } from '@holdfast/namespace';
import { findOuterReferences } from '../analysis/scopes.ts';

/** @param captured the variables that V8 says live in scopes around the function, between it and the global one */
export function describeFunction(source: string, captured: ReadonlySet<string>): FunctionReport {
  const expression = parseFunction(source);
  if (!expression) return { refused: 'a method' };
  const what = expression.type === 'ClassExpression' ? 'a class' : 'a function';
  const names = findFreeNames(source);
  const own = 'id' in expression ? expression.id?.name : undefined;
  const free = names.filter((name) => name !== own);
  if (free.includes('eval')) return { refused: `${what} that calls eval` };
  if (expression.type === 'ArrowFunctionExpression' && usesSurroundingThis(expression)) return { refused: 'a function that uses the "this" or "arguments" around it' };
  const caught = free.find((name) => captured.has(name));
  if (caught !== undefined) return { refused: `${what} that captures "${caught}"` };
  if (expression.type === 'ClassExpression') return describeClass(expression, free);
  return { kind: 'function', free, statics: [], members: [], hasPrivateFields: false };
}

/** Whether a name may stand in a declaration. */
export function isDeclarable(name: string): boolean {
  try {
    const [statement] = parse(`let ${name}`, { ecmaVersion: 'latest' }).body;
    return statement?.type === 'VariableDeclaration' && statement.declarations[0]?.id.type === 'Identifier' && statement.declarations[0].id.name === name;
  } catch {
    return false; // it is no identifier, or a reserved word
  }
}

type FunctionLike = Extract<Expression, { type: 'FunctionExpression' | 'ArrowFunctionExpression' | 'ClassExpression' }>;

function parseFunction(source: string): FunctionLike | undefined {
  try {
    const { body } = parse(`(${source}\n)`, { ecmaVersion: 'latest' });
    const [statement] = body;
    if (body.length !== 1 || statement?.type !== 'ExpressionStatement') return undefined;
    const { expression } = statement;
    const isFunction = expression.type === 'FunctionExpression' || expression.type === 'ArrowFunctionExpression' || expression.type === 'ClassExpression';
    // Text such as `() => 1), (2` would parse too, with more than the function between the parentheses.
    return isFunction && expression.start === 1 && expression.end === source.length + 1 ? expression : undefined;
  } catch {
    return undefined; // a method, or text of native code
  }
}

function findFreeNames(source: string): string[] {
  const program = parse(`(${source}\n)`, { ecmaVersion: 'latest' });
  return [...new Set(findOuterReferences(program).map(({ name }) => name))].filter((name) => name !== 'arguments');
}

/** Functions have a `this` of their own, arrows take the one around them. */
function usesSurroundingThis(arrow: AnyNode): boolean {
  let isUsed = false;
  const look = (node: AnyNode): void => {
    if (node.type === 'ThisExpression' || node.type === 'MetaProperty' || (node.type === 'Identifier' && node.name === 'arguments')) isUsed = true;
  };
  for (const part of partsOf(arrow)) walkArrows(part, look);
  return isUsed;
}

function walkArrows(node: AnyNode, look: (node: AnyNode) => void): void {
  look(node);
  if (node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration' || node.type === 'ClassExpression' || node.type === 'ClassDeclaration') return;
  for (const part of partsOf(node)) walkArrows(part, look);
}

function partsOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((part: unknown) => (Array.isArray(part) ? part : [part])).filter(isNode);
}

function isNode(part: unknown): part is AnyNode {
  return typeof part === 'object' && part !== null && 'type' in part && typeof part.type === 'string' && 'start' in part;
}

function describeClass({ superClass, body: { body } }: ClassExpression, free: readonly string[]): FunctionReport {
  if (superClass && superClass.type !== 'Identifier') return { refused: 'a class that computes its parent' };
  const facts: FunctionFacts & { statics: string[]; members: string[] } = {
    kind: 'class',
    free,
    ...(superClass && { parent: superClass.name }),
    statics: [],
    members: [],
    hasPrivateFields: body.some((part) => part.type !== 'StaticBlock' && part.key.type === 'PrivateIdentifier' && !part.static),
  };
  for (const part of body) {
    if (part.type === 'StaticBlock') return { refused: 'a class with a static block' };
    const refused = addMember(part, facts);
    if (refused !== undefined) return { refused };
  }
  return facts;
}

function addMember(part: MethodDefinition | PropertyDefinition, { statics, members }: { statics: string[]; members: string[] }): string | undefined {
  if (part.type === 'PropertyDefinition' && part.static && (part.key.type === 'PrivateIdentifier' || !isHarmless(part.value))) {
    return 'a class whose static fields are computed or private';
  }
  if (part.key.type === 'PrivateIdentifier') return undefined;
  const name = keyOf(part);
  if (name === undefined) return 'a class that computes the names of its members';
  if (part.type === 'PropertyDefinition' || (part.kind === 'constructor' && !part.static)) return undefined;
  const list = part.static ? statics : members;
  if (!list.includes(name)) list.push(name);
  return undefined;
}

/** A literal, or a container of literals: evaluating it does nothing that anyone could notice. */
function isHarmless(value: AnyNode | null | undefined): boolean {
  if (!value) return true;
  switch (value.type) {
    case 'Literal':
      return true;
    case 'UnaryExpression':
      return isHarmless(value.argument);
    case 'ArrayExpression':
      return value.elements.every((element) => element?.type !== 'SpreadElement' && isHarmless(element));
    case 'ObjectExpression':
      return value.properties.every((property) => property.type === 'Property' && !property.computed && property.kind === 'init' && isHarmless(property.value));
    default:
      return false;
  }
}

function keyOf({ key, computed }: MethodDefinition | PropertyDefinition): string | undefined {
  if (!computed && key.type === 'Identifier') return key.name;
  if (key.type === 'Literal' && key.value !== null && key.value !== undefined) return typeof key.value === 'string' ? key.value : undefined;
  const isWellKnown = key.type === 'MemberExpression' && !key.computed && key.object.type === 'Identifier' && key.object.name === 'Symbol';
  return isWellKnown && key.property.type === 'Identifier' ? `@@${key.property.name}` : undefined;
}

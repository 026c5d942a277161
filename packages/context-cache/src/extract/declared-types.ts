/** What a source says about types without being asked what it means: by annotations, and by the classes that things are made of. */
import { childOf, childrenOf, nameOf, type SyntaxNode } from './syntax-node.ts';

/** Types that have the members of what is inside of them, once it is there. */
const transparent: ReadonlySet<string> = new Set(['Promise', 'PromiseLike', 'Awaited', 'Readonly', 'Partial', 'Required', 'NonNullable', 'Pick', 'Omit']);
const unnamed = /^TS(?:Array|Tuple|Literal|TemplateLiteral|TypeOperator|TypePredicate|(?:String|Number|Boolean|BigInt|Symbol|Undefined|Null|Void|Never|Object)Keyword)(?:Type)?$/u;

/** Expressions are looked into so far: a generated chain of calls may be thousands long. */
const maxDepth = 24;

/** The name of a type; of a function, that of what it returns. Empty for a type of the language, null where there is no telling. */
export function typeName(type: SyntaxNode | undefined): string | null {
  if (!type) return null;
  if (unnamed.test(type.type)) return '';
  switch (type.type) {
    case 'TSTypeReference': {
      const name = nameOf(childOf(type, 'typeName')) ?? null;
      return name !== null && transparent.has(name) ? typeName(argumentsOf(type)[0]) : name;
    }
    case 'TSUnionType':
    case 'TSIntersectionType': {
      const names = childrenOf(type, 'types').map(typeName);
      return names.find((name) => name !== null && name !== '') ?? (names.includes(null) ? null : '');
    }
    case 'TSFunctionType':
      return annotatedType(type, 'returnType');
    case 'TSParenthesizedType':
      return typeName(childOf(type, 'typeAnnotation'));
    default:
      return null;
  }
}

/** The type that stands behind a colon. */
export function annotatedType(node: SyntaxNode | undefined, field: 'typeAnnotation' | 'returnType' = 'typeAnnotation'): string | null {
  const annotation = node && childOf(node, field);
  return typeName(annotation && childOf(annotation, 'typeAnnotation'));
}

/**
 * How a value is come by, step by step: a name, `this` or a type (`:Order`), then the members on the way. A call counts as
 * what it gives. Null where that is not to be followed.
 */
export function waysTo(value: SyntaxNode | undefined, depth = 0): readonly string[] | null {
  if (depth > maxDepth) return null;
  const through = (field: string): readonly string[] | null => waysTo(value && childOf(value, field), depth + 1);
  switch (value?.type) {
    case 'Identifier':
    case 'JSXIdentifier':
      return [nameOf(value) ?? ''];
    case 'ThisExpression':
      return ['this'];
    case 'MemberExpression':
    case 'JSXMemberExpression': {
      const [before, name] = [through('object'), value['computed'] === true ? undefined : nameOf(childOf(value, 'property'))];
      return before && name !== undefined ? [...before, name] : null;
    }
    case 'NewExpression':
      return ofType(nameOf(childOf(value, 'callee')) ?? null);
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return ofType(typeName(childOf(value, 'typeAnnotation')));
    case 'CallExpression':
      return through('callee');
    case 'AwaitExpression':
      return through('argument');
    case 'ChainExpression':
    case 'ParenthesizedExpression':
    case 'TSNonNullExpression':
      return through('expression');
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return through('left');
    case 'ConditionalExpression':
      return through('consequent');
    case 'Literal':
    case 'TemplateLiteral':
    case 'ArrayExpression':
      return ofType('');
    default:
      return null;
  }
}

/** The type of something that is declared with an annotation or a value. */
export function declaredType(annotated: SyntaxNode | undefined, value: SyntaxNode | undefined): string | null {
  const type = annotatedType(annotated) ?? annotatedType(value, 'returnType');
  if (type !== null || annotated?.['typeAnnotation']) return type;
  const made = value?.type === 'ArrowFunctionExpression' ? childOf(value, 'body') : value;
  const [first, ...rest] = waysTo(made) ?? [];
  return first?.startsWith(':') && rest.length === 0 ? first.slice(1) : null;
}

/** How something is come by whose type is known. */
export function ofType(name: string | null): readonly string[] | null {
  return name === null ? null : [`:${name}`];
}

function argumentsOf(type: SyntaxNode): readonly SyntaxNode[] {
  const list = childOf(type, 'typeArguments');
  return list ? childrenOf(list, 'params') : [];
}

/** What a file asks for with `require` and gives in `module.exports`, at its top level. */
import type { Export, Import } from './definition.ts';
import { childOf, childrenOf, nameOf, type SyntaxNode } from './syntax-node.ts';

/** The name of what `module.exports` is as a whole, as TypeScript calls it. */
export const wholeExport = 'export=';

export function requiredBy(program: SyntaxNode): Import[] {
  const declarators = childrenOf(program, 'body').flatMap((statement) => (statement.type === 'VariableDeclaration' ? childrenOf(statement, 'declarations') : []));
  return declarators.flatMap((declarator) => {
    const required = requireIn(childOf(declarator, 'init'));
    const bound = childOf(declarator, 'id');
    if (!required || !bound) return [];
    if (bound.type === 'Identifier') return [{ local: nameOf(bound) ?? '', from: required.from, imported: required.member ?? wholeExport }];
    if (bound.type !== 'ObjectPattern' || required.member !== undefined) return [];
    return childrenOf(bound, 'properties').flatMap((property) => {
      const [imported, local] = [nameOf(childOf(property, 'key')), nameOf(childOf(property, 'value'))];
      return imported === undefined || local === undefined ? [] : [{ local, from: required.from, imported }];
    });
  });
}

export interface Assigned {
  /** What it is exported as. */
  readonly name: string;
  readonly value: SyntaxNode;
  /** The statement or the property in which it stands. */
  readonly outer: SyntaxNode;
}

/** What a statement puts into `module.exports`. */
export function assignedBy(statement: SyntaxNode): readonly Assigned[] {
  const assignment = statement.type === 'ExpressionStatement' ? childOf(statement, 'expression') : undefined;
  const [target, value] = [assignment && childOf(assignment, 'left'), assignment && childOf(assignment, 'right')];
  if (assignment?.type !== 'AssignmentExpression' || !target || !value) return [];
  const name = exportedAs(target);
  if (name !== wholeExport || value.type !== 'ObjectExpression') return name === undefined ? [] : [{ name, value, outer: statement }];
  return childrenOf(value, 'properties').flatMap((property) => {
    const [key, part] = [nameOf(childOf(property, 'key')), childOf(property, 'value')];
    return key === undefined || !part || property['computed'] === true ? [] : [{ name: key, value: part, outer: property }];
  });
}

export function exportsOfCommonJs(program: SyntaxNode): Export[] {
  return childrenOf(program, 'body').flatMap(assignedBy).map(({ name, value }) => {
    const required = requireIn(value);
    if (required) return { name, from: required.from, imported: required.member ?? wholeExport };
    return { name, from: null, imported: (value.type === 'Identifier' ? nameOf(value) : undefined) ?? localName(name, value) };
  });
}

/** What a function or class is called that is written where it is exported. */
export function localName(name: string, value: SyntaxNode): string {
  return name === wholeExport ? (nameOf(childOf(value, 'id')) ?? 'default') : name;
}

/** `exports.name`, `module.exports.name`, or `module.exports` as a whole. */
function exportedAs(target: SyntaxNode): string | undefined {
  if (target.type !== 'MemberExpression' || target['computed'] === true) return undefined;
  const [object, property] = [childOf(target, 'object'), nameOf(childOf(target, 'property'))];
  if (nameOf(object) === 'module' && property === 'exports') return wholeExport;
  const isExports = nameOf(object) === 'exports' || (object !== undefined && exportedAs(object) === wholeExport);
  return isExports ? property : undefined;
}

/** `require('./order')`, or a member of it. */
export function requireIn(value: SyntaxNode | undefined): { readonly from: string; readonly member?: string } | undefined {
  if (value?.type === 'MemberExpression' && value['computed'] !== true) {
    const [whole, member] = [requireIn(childOf(value, 'object')), nameOf(childOf(value, 'property'))];
    return whole && whole.member === undefined && member !== undefined ? { from: whole.from, member } : undefined;
  }
  if (value?.type !== 'CallExpression' || nameOf(childOf(value, 'callee')) !== 'require') return undefined;
  const [specifier] = childrenOf(value, 'arguments');
  const from = specifier?.type === 'Literal' ? specifier['value'] : undefined;
  return typeof from === 'string' ? { from } : undefined;
}

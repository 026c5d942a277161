import type { AnyNode, Pattern, Program } from 'acorn';
import { visitTopLevel } from './top-level.ts';

/**
 * How a cell declares a name: a class is a `let`, a function a `var`, an import a `const`. A function inside a block is
 * a `var` as well, as long as nothing else has its name; that is `block`.
 */
export type NameKind = 'let' | 'const' | 'var' | 'using' | 'block';

/** The names that a cell declares for the cells after it. */
export function findDeclarations(program: Program): ReadonlyMap<string, NameKind> {
  const names = new Map<string, NameKind>();
  visitTopLevel(program, (node) => {
    if (node.type === 'FunctionDeclaration' && node.id && isHoisted(node) && !names.has(node.id.name)) names.set(node.id.name, 'block');
    if (node.type !== 'VariableDeclaration' || node.kind !== 'var') return;
    for (const { id } of node.declarations) for (const name of boundNames(id)) names.set(name, 'var');
  });
  for (const statement of program.body) {
    const declaration = declarationOf(statement);
    if (declaration?.type === 'FunctionDeclaration' && declaration.id) names.set(declaration.id.name, 'var');
    if (declaration?.type === 'ClassDeclaration' && declaration.id) names.set(declaration.id.name, 'let');
    if (declaration?.type === 'VariableDeclaration' && declaration.kind !== 'var') {
      const kind = declaration.kind === 'await using' ? 'using' : declaration.kind;
      for (const { id } of declaration.declarations) for (const name of boundNames(id)) names.set(name, kind);
    }
    if (declaration?.type === 'ImportDeclaration') {
      for (const { local } of declaration.specifiers) names.set(local.name, 'const');
    }
  }
  return names;
}

/** Sloppy code takes plain functions out of their blocks, others not. */
function isHoisted({ async, generator }: { readonly async: boolean; readonly generator: boolean }): boolean {
  return !async && !generator;
}

/** What a statement declares, whether it is exported or not. */
export function declarationOf(statement: Program['body'][number]): AnyNode | null | undefined {
  return statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration' ? statement.declaration : statement;
}

/** The names that a pattern binds: `{ a, b: [c = 1, ...d] }` binds a, c and d. */
export function boundNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => boundNames(property.type === 'Property' ? property.value : property.argument));
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? boundNames(element) : []));
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    case 'RestElement':
      return boundNames(pattern.argument);
    case 'MemberExpression':
      return [];
  }
}

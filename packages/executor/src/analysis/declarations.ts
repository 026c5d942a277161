import type { Pattern, Program } from 'acorn';
import { visitTopLevel } from './top-level.ts';

/** How a name came to be, as far as V8 tells kinds apart: a class is a `let`, a function a `var`. */
export type NameKind = 'let' | 'const' | 'var';

/** The names that a cell declares for the cells after it. */
export function findDeclarations(program: Program): ReadonlyMap<string, NameKind> {
  const names = new Map<string, NameKind>();
  visitTopLevel(program, (node) => {
    if (node.type !== 'VariableDeclaration' || node.kind !== 'var') return;
    for (const { id } of node.declarations) for (const name of boundNames(id)) names.set(name, 'var');
  });
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type === 'FunctionDeclaration') names.set(declaration.id.name, 'var');
    if (declaration?.type === 'ClassDeclaration') names.set(declaration.id.name, 'let');
    if (declaration?.type === 'VariableDeclaration' && declaration.kind !== 'var') {
      const kind = declaration.kind === 'let' ? 'let' : 'const';
      for (const { id } of declaration.declarations) for (const name of boundNames(id)) names.set(name, kind);
    }
    if (declaration?.type === 'ImportDeclaration') {
      for (const { local } of declaration.specifiers) names.set(local.name, 'const');
    }
  }
  return names;
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

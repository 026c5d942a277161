import type { AnyNode, Pattern, Program, VariableDeclaration } from 'acorn';
import { boundNames, type NameKind } from '../analysis/declarations.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';

/**
 * V8's REPL mode lets a name be declared again with the same kind only. A cell that changes the kind gets the keyword
 * that the name was first declared with: `const x` over a `let x` becomes `let x`, `class X` over `function X` becomes
 * `var X = class X`. A name that was a constant stays one.
 */
export function rewriteRedeclarations(program: Program, known: ReadonlyMap<string, NameKind>, edits: SourceEdits): void {
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration) rewrite(declaration, known, edits);
  }
}

function rewrite(node: AnyNode, known: ReadonlyMap<string, NameKind>, edits: SourceEdits): void {
  switch (node.type) {
    case 'VariableDeclaration': {
      const { kind, start } = node;
      if (kind !== 'var' && kind !== 'let' && kind !== 'const') return;
      const first = firstKind(node, known);
      if (first !== undefined && first !== kind) edits.replace(start, start + kind.length, first);
      return;
    }
    case 'FunctionDeclaration':
    case 'ClassDeclaration': {
      const name = node.id?.name ?? '';
      const first = known.get(name);
      if (first === undefined || first === (node.type === 'ClassDeclaration' ? 'let' : 'var')) return;
      edits.insert(node.start, `${first} ${name} = `);
      edits.insert(node.end, ';');
      return;
    }
    default:
  }
}

function firstKind({ declarations }: VariableDeclaration, known: ReadonlyMap<string, NameKind>): NameKind | undefined {
  const names = declarations.flatMap(({ id }: { id: Pattern }) => boundNames(id));
  return names.map((name) => known.get(name)).find((kind) => kind !== undefined);
}

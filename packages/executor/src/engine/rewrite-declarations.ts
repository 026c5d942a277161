import type { AnyNode, Program, VariableDeclaration } from 'acorn';
import { boundNames, declarationOf, type NameKind } from '../analysis/declarations.ts';
import { keywordFor, type KnownNames } from '../analysis/known-names.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';
import { visitTopLevel } from '../analysis/top-level.ts';

/**
 * Gives every declaration the keyword that V8 knows its name by: `const x` becomes `let x`, `let x` over a `var x`
 * becomes `var x`, `class X` over a `function X` becomes `var X = class X`. Where the names of one declaration need
 * different keywords, or a `let` without a value would become a `var`, which keeps the old one, it becomes an assignment.
 */
export function rewriteDeclarations(program: Program, known: KnownNames, edits: SourceEdits): void {
  for (const statement of program.body) {
    const declaration = declarationOf(statement);
    if (declaration) rewrite(declaration, known, edits);
  }
  rewriteInnerVariables(program, known, edits);
}

/** A `var` inside a block or a loop, over a name that V8 knows as a `let`, becomes an assignment. */
function rewriteInnerVariables(program: Program, known: KnownNames, edits: SourceEdits): void {
  const inner: VariableDeclaration[] = [];
  const heads = new Set<AnyNode | null | undefined>();
  visitTopLevel(program, (node) => {
    if (node.type === 'ForStatement') heads.add(node.init);
    if (node.type === 'ForInStatement' || node.type === 'ForOfStatement') heads.add(node.left);
    if (node.type === 'VariableDeclaration' && node.kind === 'var') inner.push(node);
  });
  const outer = new Set<AnyNode | null | undefined>(program.body.map((statement) => declarationOf(statement)));

  for (const node of inner) {
    if (outer.has(node) || !namesOf(node).some((name) => known.get(name)?.keyword === 'let')) continue;
    if (heads.has(node)) edits.replace(node.start, node.start + 'var'.length, '');
    else assignInstead(node, '', edits);
  }
}

/** `let a = 1, b = 2` becomes `void (a = 1, b = 2)`, which has no value either. */
function assignInstead({ kind, start, end, declarations }: VariableDeclaration, before: string, edits: SourceEdits): void {
  edits.replace(start, start + kind.length, `${before}void (`);
  for (const { init, end: at } of declarations) if (!init && kind === 'let') edits.insert(at, ' = undefined');
  const last = declarations.at(-1)?.end ?? end;
  edits.insert(last, last === end ? ');' : ')'); // where no semicolon stands, the next line might go on
}

function namesOf({ declarations }: VariableDeclaration): readonly string[] {
  return declarations.flatMap(({ id }) => boundNames(id));
}

function rewrite(node: AnyNode, known: KnownNames, edits: SourceEdits): void {
  switch (node.type) {
    case 'VariableDeclaration': {
      const { kind, start, declarations } = node;
      if (kind === 'using' || kind === 'await using') return;
      const names = namesOf(node);
      const keywords = new Set(names.map((name) => keywordFor(kind, known.get(name))));
      const [keyword = kind, other] = keywords;
      const wouldKeep = kind === 'let' && keyword === 'var' && declarations.some(({ init }) => !init);
      if ((other !== undefined || wouldKeep) && !keywords.has('const')) {
        const fresh = names.filter((name) => !known.has(name)).map((name) => `${keywordFor(kind, undefined)} ${name}; `);
        assignInstead(node, fresh.join(''), edits);
      } else if (keyword !== kind) edits.replace(start, start + kind.length, keyword);
      return;
    }
    case 'FunctionDeclaration':
    case 'ClassDeclaration': {
      const kind: NameKind = node.type === 'ClassDeclaration' ? 'let' : 'var';
      if (!node.id) return;
      const { name } = node.id;
      const keyword = keywordFor(kind, known.get(name));
      if (keyword === kind) return;
      edits.insert(node.start, `${keyword} ${name} = `);
      edits.insert(node.end, ';');
      return;
    }
    default:
  }
}

/**
 * Turns a cell into the text that V8's REPL mode evaluates, and keeps the way back from its places to the user's.
 *
 * The text starts with a call that names the cell and lets its body run in a turn of the event loop of its own. That
 * is what makes the body terminable: what an inspector evaluates directly runs inside the dispatch of that inspector
 * message, and no further message, a termination least of all, is heard before it returns. See ADR 0017.
 */
import type { Program } from 'acorn';
import type { ExecutionMode, Language } from '@holdfast/protocol';
import { findDeclarations, type NameKind } from '../analysis/declarations.ts';
import { findExecutionMode } from '../analysis/execution-mode.ts';
import { LineIndex, type Position } from '../analysis/line-index.ts';
import { parseCell } from '../analysis/parse.ts';
import { SourceEdits } from '../analysis/source-edits.ts';
import { guardAwaits } from './guard-awaits.ts';
import { hostObjectName } from './host-object.ts';
import { rewriteRedeclarations } from './rewrite-declarations.ts';
import { rewriteModuleSyntax } from './rewrite-imports.ts';
import { stripTypes, type StrippedSource } from './strip-types.ts';

export interface CellSource {
  readonly code: string;
  readonly language: Language;
  readonly filename: string;
  /** The number of the cell in its session, from 1. */
  readonly ordinal: number;
}

export interface CompiledCell {
  readonly expression: string;
  readonly mode: ExecutionMode;
  /** The names it declares, once it began to run. */
  readonly declarations: ReadonlyMap<string, NameKind>;
  /** Where a place in the evaluated text stands in the user's source. */
  readonly sourcePosition: (position: Position) => Position;
}

/**
 * @throws SyntaxError of the TypeScript parser; JavaScript that does not parse is left for V8 to report.
 */
export function compileCell({ code, language, filename, ordinal }: CellSource, known: ReadonlyMap<string, NameKind>): CompiledCell {
  const { stripped, program } = read(code, language);
  const edits = new SourceEdits(stripped.code);
  const body = startOfBody(program);
  edits.insert(body, `${body > 0 ? ';' : ''}await ${hostObjectName}.begin(${ordinal});`);
  if (stripped.code.startsWith('#!')) edits.replace(0, 2, '//');
  if (program) {
    rewriteModuleSyntax(program, stripped.code, known, edits);
    rewriteRedeclarations(program, known, edits);
    guardAwaits(program, edits);
  }

  const text = edits.toString();
  return {
    expression: `${text}\n//# sourceURL=${encodeURI(filename)}`,
    mode: findExecutionMode(program, code),
    declarations: program ? findDeclarations(program) : new Map(),
    sourcePosition: lazyPositions(text, edits, stripped),
  };
}

interface ReadSource {
  readonly stripped: StrippedSource;
  readonly program: Program | undefined;
}

function read(code: string, language: Language): ReadSource {
  if (/^\s*\{/u.test(code) && !/;\s*$/u.test(code)) {
    const object = readObject(code, language);
    if (object) return object;
  }
  const stripped = strip(code, language);
  return { stripped, program: parseCell(stripped.code) };
}

/** Reads `{ a: 1 }` as the object that a person means, where it is one, not as a block with a label. */
function readObject(code: string, language: Language): ReadSource | undefined {
  try {
    const { code: wrapped, originalPosition } = strip(`(${code}\n)`, language);
    const program = parseCell(wrapped);
    if (!program) return undefined;
    return { stripped: { code: wrapped, originalPosition: (position) => withoutParenthesis(originalPosition(position)) }, program };
  } catch {
    return undefined; // then it is a block, or wrong, and the plain reading says which
  }
}

function withoutParenthesis({ line, column }: Position): Position {
  return { line, column: line === 1 ? Math.max(1, column - 1) : column };
}

function strip(code: string, language: Language): StrippedSource {
  return language === 'typescript' ? stripTypes(code) : { code, originalPosition: (position) => position };
}

/** After the directives, which must come first to be directives. A cell of nothing but texts has its last one as value. */
function startOfBody(program: Program | undefined): number {
  let start = 0;
  for (const statement of program?.body ?? []) {
    if (statement.type !== 'ExpressionStatement' || statement.directive === undefined) return start;
    start = statement.end;
  }
  return 0;
}

/** Positions are wanted only when something was thrown, so the indexes are made then. */
function lazyPositions(text: string, edits: SourceEdits, stripped: StrippedSource): (position: Position) => Position {
  let indexes: { edited: LineIndex; plain: LineIndex } | undefined;
  return (position) => {
    indexes ??= { edited: new LineIndex(text), plain: new LineIndex(stripped.code) };
    return stripped.originalPosition(indexes.plain.position(edits.sourceOffset(indexes.edited.offset(position))));
  };
}

/**
 * The wrapper: one async function around a cell, for what V8's REPL mode cannot run. Statements keep their order and
 * their places. What the function binds is handed back when it ends, by whatever way, and given to names of the
 * session; a function that the cell defined goes on seeing the names of its own cell, which is why this is no more than
 * a fallback.
 */
import type { Program } from 'acorn';
import type { NameKind } from '../analysis/declarations.ts';
import { keywordFor, type KnownNames } from '../analysis/known-names.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';

/** Which cells are wrapped: none, those that return at their top level, or all of them, where V8 has no REPL mode. */
export type FallbackUse = 'never' | 'return' | 'always';

const localsName = '__holdfast_locals';

/** The text around the cell. Each line of the cell stays the line it is. */
export interface Wrapper {
  readonly before: string;
  readonly after: string;
}

/**
 * @param begin the call that lets the cell begin
 * @param isRepl whether REPL mode evaluates the text; a plain script has no top-level `await`, and evaluates to a promise
 */
export function createWrapper(declarations: ReadonlyMap<string, NameKind>, known: KnownNames, begin: string, isRepl: boolean): Wrapper {
  const names = handedBack(declarations, known);
  const read = names.map((name) => `() => ${name}`).join(', ');
  const give = names.map((name, index) => `try { ${name} = ${localsName}.read[${index}](); } catch {}`).join(' ');
  const inner = `await (async () => { ${localsName}.read = [${read}]; `;
  const end = `\n})(); } finally { ${give} } }`;
  if (isRepl) {
    const fresh = names.filter((name) => !known.has(name)).map((name) => `${keywordFor(declarations.get(name) ?? 'let', undefined)} ${name}; `);
    return { before: `${begin} ${fresh.join('')}{ const ${localsName} = { read: [] }; try { ${inner}`, after: end };
  }
  const fresh = names.map((name) => `var ${name}; `).join('');
  return { before: `${fresh}(async () => { ${begin} { const ${localsName} = { read: [] }; try { return ${inner}`, after: `${end} })()` };
}

/** Makes the value of a last expression the value of the function. */
export function returnLastValue(program: Program, edits: SourceEdits): void {
  const last = program.body.findLast((statement) => !isInert(statement));
  if (last?.type !== 'ExpressionStatement') return;
  edits.insert(last.expression.start, 'return (');
  edits.insert(last.expression.end, ')');
}

/** What does nothing when it is reached, so that a function may return before it. */
function isInert(statement: Program['body'][number]): boolean {
  if (statement.type === 'VariableDeclaration') return statement.kind === 'var' && statement.declarations.every(({ init }) => !init);
  return statement.type === 'EmptyStatement' || statement.type === 'FunctionDeclaration';
}

/** Names of `using` end with the cell, and V8 lets nobody assign them. */
function handedBack(declarations: ReadonlyMap<string, NameKind>, known: KnownNames): readonly string[] {
  return [...declarations].filter(([name, kind]) => kind !== 'using' && known.get(name)?.keyword !== 'const').map(([name]) => name);
}

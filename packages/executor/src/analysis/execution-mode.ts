import { tokenizer, type AnyNode, type Program } from 'acorn';
import type { ExecutionMode } from '@holdfast/protocol';
import { visitAll, visitTopLevel } from './top-level.ts';

/**
 * How a cell runs; the first of these that holds: it awaits at its top level, it blocks there, it defines async
 * functions, it is simple. Code that does not parse is `top_level_await` where it has the word `await` outside texts
 * and comments, otherwise `unknown`.
 *
 * @param blocks whether a blocking call runs at the cell's top level
 */
export function findExecutionMode(program: Program | undefined, source: string, blocks: boolean): ExecutionMode {
  if (!program) return mentionsAwait(source) ? 'top_level_await' : 'unknown';
  if (hasTopLevelAwait(program)) return 'top_level_await';
  if (blocks) return 'blocking_sync';
  return definesAsync(program) ? 'async_def' : 'simple_sync';
}

function hasTopLevelAwait(program: Program): boolean {
  let found = false;
  visitTopLevel(program, (node) => {
    found ||= isAwaiting(node);
  });
  return found;
}

/** Imports, and exports from elsewhere, count because they become awaited ones. */
function isAwaiting(node: AnyNode): boolean {
  switch (node.type) {
    case 'AwaitExpression':
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return true;
    case 'ExportNamedDeclaration':
      return Boolean(node.source);
    case 'ForOfStatement':
      return node.await;
    case 'VariableDeclaration':
      return node.kind === 'await using';
    default:
      return false;
  }
}

function definesAsync(program: Program): boolean {
  let found = false;
  visitAll(program, (node) => {
    found ||=
      (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression') && node.async;
  });
  return found;
}

/** Reads word by word, and after a text that lacks its end goes on with the next line. */
function mentionsAwait(source: string): boolean {
  let previous = '';
  const read = tokenizer(source, { ecmaVersion: 'latest', allowHashBang: true });
  try {
    for (const { type, start, end } of read) {
      const word = source.slice(start, end);
      if (type.label === 'name' && word === 'await' && !isPropertyName(previous, source.slice(end))) return true;
      previous = word;
    }
    return false;
  } catch (error) {
    if (!(error instanceof SyntaxError) || /Unterminated (?:comment|template)/u.test(error.message)) return false;
    const at = 'raisedAt' in error && typeof error.raisedAt === 'number' ? error.raisedAt : source.length;
    const nextLine = source.slice(at).search(/[\n\r\u2028\u2029]/u);
    return nextLine !== -1 && mentionsAwait(source.slice(at + nextLine + 1));
  }
}

function isPropertyName(before: string, after: string): boolean {
  return before === '.' || before === '?.' || /^\s*:/u.test(after);
}

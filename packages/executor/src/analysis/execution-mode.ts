import type { AnyNode, Program } from 'acorn';
import type { ExecutionMode } from '@holdfast/protocol';
import { visitAll, visitTopLevel } from './top-level.ts';

/** How a cell runs. Code that does not parse is `top_level_await` where it mentions `await`, otherwise `unknown`. */
export function findExecutionMode(program: Program | undefined, source: string): ExecutionMode {
  if (!program) return /\bawait\b/u.test(source) ? 'top_level_await' : 'unknown';
  if (hasTopLevelAwait(program)) return 'top_level_await';
  return definesAsync(program) ? 'async_def' : 'simple_sync';
}

function hasTopLevelAwait(program: Program): boolean {
  let found = false;
  visitTopLevel(program, (node) => {
    found ||= isAwaiting(node);
  });
  return found;
}

/** An import counts, because it becomes an awaited one. */
function isAwaiting(node: AnyNode): boolean {
  switch (node.type) {
    case 'AwaitExpression':
    case 'ImportDeclaration':
      return true;
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

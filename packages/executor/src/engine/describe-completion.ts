import type { Program } from 'acorn';
import { visitTopLevel } from '../analysis/top-level.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';
import { hostObjectName } from './host-object.ts';

/**
 * Hands the completion value to the host object where the text tells which one it is: the last expression, or none
 * after nothing but declarations. The answer to the evaluation is the description then, and nobody needs to ask the main
 * thread again. Of all other cells, V8 alone knows the value, which is that of some expression statement.
 *
 * @returns what has to stand behind the cell; undefined where the value is for V8 to tell
 */
export function describeCompletion(program: Program, edits: SourceEdits): string | undefined {
  if (program.body.some(disposes)) return boxValues(program, edits); // what disposing throws decides whether there is a value
  const last = program.body.at(-1);
  if (last?.type === 'ExpressionStatement') {
    edits.insert(last.expression.start, `await ${hostObjectName}.end((`);
    edits.insert(last.expression.end, '))');
    return '';
  }
  return program.body.every(({ type }) => valueless.has(type)) ? `\n;await ${hostObjectName}.end()` : boxValues(program, edits);
}

function boxValues(program: Program, edits: SourceEdits): undefined {
  visitTopLevel(program, (node) => {
    if (node.type !== 'ExpressionStatement' || node.directive !== undefined) return;
    edits.insert(node.expression.start, ` ${hostObjectName}.boxed((`); // the space is for `else"x"`, which has none
    edits.insert(node.expression.end, '))');
  });
}

function disposes(statement: Program['body'][number]): boolean {
  return statement.type === 'VariableDeclaration' && (statement.kind === 'using' || statement.kind === 'await using');
}

const valueless: ReadonlySet<string> = new Set(['VariableDeclaration', 'FunctionDeclaration', 'ClassDeclaration', 'EmptyStatement', 'ImportDeclaration']);

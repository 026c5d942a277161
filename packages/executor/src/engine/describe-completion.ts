import type { Program } from 'acorn';
import type { SourceEdits } from '../analysis/source-edits.ts';
import { hostObjectName } from './host-object.ts';

/**
 * Hands the completion value to the host object where the text tells which one it is: the last expression, or none
 * after nothing but declarations. The answer to the evaluation is the description then, and nobody needs to ask the main
 * thread again. Of all other cells, V8 alone knows the value.
 *
 * @returns what has to stand behind the cell; undefined where the value is for V8 to tell
 */
export function describeCompletion(program: Program, edits: SourceEdits): string | undefined {
  if (program.body.some(disposes)) return undefined; // what disposing throws decides whether there is a value
  const last = program.body.at(-1);
  if (last?.type === 'ExpressionStatement') {
    edits.insert(last.expression.start, `await ${hostObjectName}.end((`);
    edits.insert(last.expression.end, '))');
    return '';
  }
  return program.body.every(({ type }) => valueless.has(type)) ? `\n;await ${hostObjectName}.end()` : undefined;
}

function disposes(statement: Program['body'][number]): boolean {
  return statement.type === 'VariableDeclaration' && (statement.kind === 'using' || statement.kind === 'await using');
}

const valueless: ReadonlySet<string> = new Set(['VariableDeclaration', 'FunctionDeclaration', 'ClassDeclaration', 'EmptyStatement', 'ImportDeclaration']);

import type { Program } from 'acorn';
import { visitTopLevel } from '../analysis/top-level.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';
import { hostObjectName } from './host-object.ts';

/** Puts every `await` of the cell's own chain under the guard that rejects it when the cell is cancelled. */
export function guardAwaits(program: Program, edits: SourceEdits): void {
  visitTopLevel(program, (node) => {
    if (node.type !== 'AwaitExpression') return;
    edits.insert(node.argument.start, `${hostObjectName}.guard(`);
    edits.insert(node.argument.end, ')');
  });
}

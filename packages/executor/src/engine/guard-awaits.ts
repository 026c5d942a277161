import type { Program } from 'acorn';
import { visitTopLevel } from '../analysis/top-level.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';
import { hostObjectName, type HostObject } from './host-object.ts';

/** Puts every `await` of the cell's own chain under the guard that rejects it when the cell is cancelled. */
export function guardAwaits(program: Program, edits: SourceEdits): void {
  visitTopLevel(program, (node) => {
    if (node.type === 'AwaitExpression') wrap(node.argument, 'guard');
    if (node.type === 'ForOfStatement' && node.await) wrap(node.right, 'iterate');
  });

  function wrap({ start, end }: { readonly start: number; readonly end: number }, method: keyof HostObject): void {
    edits.insert(start, ` ${hostObjectName}.${method}(`); // the space is for `await(x)`, which has none
    edits.insert(end, ')');
  }
}

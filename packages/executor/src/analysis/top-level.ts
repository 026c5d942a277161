import type { AnyNode, Program } from 'acorn';
import { full, make } from 'acorn-walk';

const withoutFunctionBodies = make({ Function: () => undefined, StaticBlock: () => undefined });

/** Visits every node whose awaits and variables are the cell's own: not functions, and not the static blocks of classes. */
export function visitTopLevel(program: Program, visit: (node: AnyNode) => void): void {
  full(program, visit, withoutFunctionBodies);
}

/** Visits every node, function bodies included. */
export function visitAll(program: Program, visit: (node: AnyNode) => void): void {
  full(program, visit);
}

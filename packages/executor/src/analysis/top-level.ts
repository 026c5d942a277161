import type { AnyNode, Program } from 'acorn';
import { full, make } from 'acorn-walk';

const withoutFunctionBodies = make({ Function: () => undefined });

/** Visits every node that runs as part of the cell itself: not the bodies of functions, which run when they are called. */
export function visitTopLevel(program: Program, visit: (node: AnyNode) => void): void {
  full(program, visit, withoutFunctionBodies);
}

/** Visits every node, function bodies included. */
export function visitAll(program: Program, visit: (node: AnyNode) => void): void {
  full(program, visit);
}

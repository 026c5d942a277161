/**
 * Which constructs a cell has at all. Most cells have few of those that need a look or an edit, and to walk a tree costs
 * more than to ask.
 */
import type { AnyNode, Program } from 'acorn';
import { visitAll } from './top-level.ts';

/** The types of node in a tree. */
export type Constructs = ReadonlySet<AnyNode['type']>;

export function findConstructs(program: Program): Constructs {
  const constructs = new Set<AnyNode['type']>();
  visitAll(program, ({ type }) => {
    constructs.add(type);
  });
  return constructs;
}

export function hasAny(constructs: Constructs, types: readonly AnyNode['type'][]): boolean {
  return types.some((type) => constructs.has(type));
}

const exporting = ['ExportAllDeclaration', 'ExportDefaultDeclaration', 'ExportNamedDeclaration'] as const;
const functions = ['ArrowFunctionExpression', 'FunctionDeclaration', 'FunctionExpression'] as const;

export const awaiting = ['AwaitExpression', 'ForOfStatement'] as const;
export const declaring = ['ClassDeclaration', 'FunctionDeclaration', 'ImportDeclaration', 'VariableDeclaration'] as const;
export const assigning = ['AssignmentExpression', 'ForInStatement', 'ForOfStatement', 'UpdateExpression'] as const;
export const ofModules = ['ImportDeclaration', 'ImportExpression', 'MetaProperty', ...exporting] as const;
/** What decides the mode of a cell beside the calls that block. */
export const ofModes = [...awaiting, ...functions, ...exporting, 'ImportDeclaration', 'VariableDeclaration'] as const;
/** What calls a function, or says where one came from. */
export const calling = [
  ...['AssignmentExpression', 'CallExpression', 'ImportDeclaration', 'ImportExpression', 'NewExpression'] as const,
  ...['TaggedTemplateExpression', 'VariableDeclaration', 'DoWhileStatement', 'ForStatement', 'WhileStatement'] as const,
] as const;

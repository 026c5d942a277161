/**
 * V8 takes constants of the top level for variables, because they may be declared again as anything. So each place of
 * a cell that assigns to a name which is a constant then is aimed at {@link refusal}, which lets the right-hand side
 * run first and throws where the assignment stands. Cells that assign to no constant are left alone, and no name is
 * looked up while a cell runs. What `eval` assigns, and functions of cells before the name became a constant, are out
 * of reach.
 */
import type { AnyNode, AssignmentExpression, AssignmentOperator, Identifier, ObjectPattern, Program, UpdateExpression } from 'acorn';
import { visitAll } from '../analysis/top-level.ts';
import { findOuterReferences, targetIdentifiers } from '../analysis/scopes.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';

/** Something that can stand wherever an assigned name can, behind `return(x)` too, and throws V8's own error when it is assigned. */
export const constantName = 'constant';
const refusal = ` new class { set ${constantName}(value) { const constant = 0; constant = value; } }().${constantName}`;

/** Makes every assignment to a constant throw. */
export function guardConstants(program: Program, source: string, constants: ReadonlySet<string>, edits: SourceEdits): void {
  if (constants.size === 0) return;
  const targets = findTargets(program, constants);
  if (targets.size === 0) return;

  visitAll(program, (node) => {
    if (node.type === 'AssignmentExpression' && isTarget(node.left)) refuseAssignment(node, source, edits);
    else if (node.type === 'UpdateExpression' && !node.prefix && isTarget(node.argument)) refuseUpdate(node, edits);
    else for (const target of assignedIdentifiers(node)) if (targets.has(target)) edits.replace(target.start, target.end, refusal);
    if (node.type === 'ObjectPattern') writeOut(node);
  });

  /** `{ x }` becomes `{ x: x }`, where the second x is a target. */
  function writeOut({ properties }: ObjectPattern): void {
    for (const property of properties) {
      if (property.type !== 'Property' || !property.shorthand || !isTarget(property.value)) continue;
      edits.insert(property.start, `${source.slice(property.key.start, property.key.end)}: `);
    }
  }

  function isTarget(node: AnyNode): boolean {
    if (node.type === 'ObjectPattern' || node.type === 'ArrayPattern') return false;
    const [target] = targetIdentifiers(node);
    return target !== undefined && targets.has(target);
  }
}

/** The places where a name of the top level that is a constant is assigned. */
function findTargets(program: Program, constants: ReadonlySet<string>): ReadonlySet<Identifier> {
  const assigned = new Set<Identifier>();
  visitAll(program, (node) => {
    for (const target of assignedIdentifiers(node)) if (constants.has(target.name)) assigned.add(target);
  });
  return assigned.size === 0 ? assigned : new Set(findOuterReferences(program).filter((reference) => assigned.has(reference)));
}

function assignedIdentifiers(node: AnyNode): readonly Identifier[] {
  switch (node.type) {
    case 'AssignmentExpression':
      return targetIdentifiers(node.left);
    case 'UpdateExpression':
      return targetIdentifiers(node.argument);
    case 'ForInStatement':
    case 'ForOfStatement':
      return node.left.type === 'VariableDeclaration' ? [] : targetIdentifiers(node.left);
    default:
      return [];
  }
}

/**
 * V8 places the error at the operator, so the refusal is put there and the name is left out. `x += y` reads x before y
 * runs, and `x ??= y` may assign nothing at all.
 */
function refuseAssignment({ operator, left, right }: AssignmentExpression, source: string, edits: SourceEdits): void {
  const start = startOfOperator(source, left.end);
  const end = start + operator.length;
  const name = source.slice(left.start, left.end);
  const inner = operator.slice(0, -1);
  if (isLogical(operator)) {
    edits.replace(start, end, `${inner} (${refusal} = `);
    edits.insert(right.end, ')');
    return;
  }
  edits.replace(left.start, left.end, '');
  edits.replace(start, end, inner === '' ? `${refusal} =` : `${refusal} = ${name} ${inner} (`);
  if (inner !== '') edits.insert(right.end, ')');
}

function refuseUpdate({ argument, end }: UpdateExpression, edits: SourceEdits): void {
  edits.replace(argument.start, argument.end, '');
  edits.insert(end - '++'.length, refusal);
}

function isLogical(operator: AssignmentOperator): boolean {
  return operator === '??=' || operator === '||=' || operator === '&&=';
}

/** Comments may stand between a name and the operator behind it. */
function startOfOperator(source: string, from: number): number {
  const gap = /(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*/uy;
  gap.lastIndex = from;
  gap.test(source);
  return gap.lastIndex;
}

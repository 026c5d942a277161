/**
 * A function whose name V8 knows as a `let` is declared by an assignment, and a `var` without a value by a `let`, and nothing
 * hoists these. So their text is put before the first statement, and the cell is read again as if it had been written that
 * way. What leaves a place, and what comes to one, is a statement of its own there.
 */
import type { Program } from 'acorn';
import { hasAny } from '../analysis/constructs.ts';
import { boundNames, declarationOf } from '../analysis/declarations.ts';
import type { KnownNames } from '../analysis/known-names.ts';
import { LineIndex } from '../analysis/line-index.ts';
import { parseCell } from '../analysis/parse.ts';
import type { CellReading } from './read-cell.ts';
import type { StrippedSource } from './strip-types.ts';

export function putHoistedFirst(reading: CellReading, known: KnownNames): CellReading {
  const { stripped, program, constructs } = reading;
  if (!program || !hasAny(constructs, ['FunctionDeclaration', 'VariableDeclaration'])) return reading;
  const hoisted = program.body.filter((statement) => namesOf(statement).some((name) => (known.get(name)?.keyword ?? 'var') !== 'var'));
  if (hoisted.length === 0) return reading;

  const start = program.body.find((statement) => statement.type !== 'ExpressionStatement' || statement.directive === undefined)?.start ?? 0;
  const inOrder = hoisted.toSorted((left, right) => Number(isFunction(left)) - Number(isFunction(right)));
  const lasting = new Map(inOrder.map((statement) => [namesOf(statement).join(), statement])); // of those of one name the last function
  const ends = [start, ...hoisted.map(({ end }) => end)];
  const between = ends.map((end, index) => ({ start: end, end: hoisted[index]?.start ?? stripped.code.length }));
  const rearranged = rearrange(stripped, [{ start: 0, end: start }, ...lasting.values(), ...between]);
  return { stripped: rearranged, program: parseCell(rearranged.code), constructs };
}

interface Part {
  readonly start: number;
  readonly end: number;
}

function isFunction(statement: Program['body'][number]): boolean {
  return declarationOf(statement)?.type === 'FunctionDeclaration';
}

/** The names that a statement declares from the start of the cell on, without giving them a value where it stands. */
function namesOf(statement: Program['body'][number]): readonly string[] {
  const declaration = declarationOf(statement);
  if (declaration?.type === 'FunctionDeclaration') return declaration.id ? [declaration.id.name] : [];
  if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'var' || declaration.declarations.some(({ init }) => init)) return [];
  return declaration.declarations.flatMap(({ id }) => boundNames(id));
}

const separator = ';';

/** Some parts of a source in another order, with the way back to the places where they were. */
function rearrange({ code, originalPosition }: StrippedSource, parts: readonly Part[]): StrippedSource {
  const rearranged = parts.map(({ start, end }) => code.slice(start, end)).join(separator);
  const [before, after] = [new LineIndex(code), new LineIndex(rearranged)];
  return { code: rearranged, originalPosition: (position) => originalPosition(before.position(offsetBefore(after.offset(position)))) };

  function offsetBefore(offset: number): number {
    let shift = 0;
    for (const { start, end } of parts) {
      if (offset <= shift + end - start) return offset - shift + start;
      shift += end - start + separator.length;
    }
    return code.length;
  }
}

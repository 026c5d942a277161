/**
 * A function whose name V8 knows as a `let` is declared by an assignment, which nothing hoists. So its text is put before
 * the first statement, and the cell is read again as if it had been written that way. What leaves a place, and what comes
 * to one, is a statement of its own there.
 */
import type { Program } from 'acorn';
import { declarationOf } from '../analysis/declarations.ts';
import type { KnownNames } from '../analysis/known-names.ts';
import { LineIndex } from '../analysis/line-index.ts';
import { parseCell } from '../analysis/parse.ts';
import type { CellReading } from './read-cell.ts';
import type { StrippedSource } from './strip-types.ts';

export function putFunctionsFirst(reading: CellReading, known: KnownNames): CellReading {
  const { stripped, program, constructs } = reading;
  if (!program || !constructs.has('FunctionDeclaration')) return reading;
  const functions = findAssigned(program, known);
  if (functions.length === 0) return reading;

  const start = program.body.find((statement) => statement.type !== 'ExpressionStatement' || statement.directive === undefined)?.start ?? 0;
  const lasting = new Map(functions.map((each) => [each.name, each])); // of those of one name the last one
  const ends = [start, ...functions.map(({ end }) => end)];
  const between = ends.map((end, index) => ({ start: end, end: functions[index]?.start ?? stripped.code.length }));
  const rearranged = rearrange(stripped, [{ start: 0, end: start }, ...lasting.values(), ...between]);
  return { stripped: rearranged, program: parseCell(rearranged.code), constructs };
}

interface Part {
  readonly start: number;
  readonly end: number;
}

/** The functions of a cell that become assignments, with the `export` before them, in the order in which they stand. */
function findAssigned(program: Program, known: KnownNames): readonly (Part & { readonly name: string })[] {
  return program.body.flatMap((statement) => {
    const declaration = declarationOf(statement);
    if (declaration?.type !== 'FunctionDeclaration' || !declaration.id) return [];
    const { name } = declaration.id;
    return (known.get(name)?.keyword ?? 'var') === 'var' ? [] : [{ name, start: statement.start, end: statement.end }];
  });
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

import type { SourceSpan, ThrownError } from '@holdfast/protocol';
import type { DescribedError } from './describe.ts';

/** Whether a file is a cell, by its name in the user's terms. */
export type IsCell = (file: string) => boolean;

const frame = /^\s+at (?<names>.+):(?<line>\d+):(?<column>\d+)\)?$/u;

/** Turns what was thrown into what the host is told: only frames of user code, and where in a cell it was thrown. */
export function inUserTerms(described: DescribedError, isCell: IsCell, engineUrl: string): ThrownError {
  const { cause, errors, ...rest } = described;
  const { stack, span } = rewriteStack(described.stack, isCell, engineUrl);
  return {
    ...rest,
    stack,
    notes: [],
    ...(span && { span }),
    ...(cause && { cause: inUserTerms(cause, isCell, engineUrl) }),
    ...(errors && { errors: errors.map((part) => inUserTerms(part, isCell, engineUrl)) }),
  };
}

/** A stack with only frames of user code, and the place of the first one that stands in a cell. Its places are the user's already. */
export function rewriteStack(stack: string, isCell: IsCell, engineUrl: string): { stack: string; span?: SourceSpan } {
  let span: SourceSpan | undefined;
  const lines = stack.split('\n').filter((line) => {
    const parts = frame.exec(line)?.groups;
    if (!parts) return !/^\s+at /u.test(line);
    const files = possibleFiles(parts['names'] ?? '');
    const file = files.find(isCell);
    if (file !== undefined) span ??= { file, line: Number(parts['line']), column: Number(parts['column']) };
    return file !== undefined || !files.some((each) => each.startsWith('node:') || each.startsWith(engineUrl) || each.startsWith('eval at '));
  });
  return { stack: lines.join('\n'), ...(span && { span }) };
}

/** What may be the file in `async run (file`. Functions and files may themselves have parentheses in their names. */
function possibleFiles(names: string): readonly string[] {
  return [names, ...[...names.matchAll(/^async | \(/gu)].map(({ index, 0: { length } }) => names.slice(index + length))];
}

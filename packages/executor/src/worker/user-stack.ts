import type { SourceSpan, ThrownError } from '@holdfast/protocol';
import type { Position } from '../analysis/line-index.ts';
import type { DescribedError } from './describe.ts';

/** Finds the user's place for a place of an evaluated cell; undefined for a file that is no cell. */
export type FindPosition = (file: string, position: Position) => { readonly file: string; readonly position: Position } | undefined;

const frame = /^(?<head>\s+at (?:async )?(?:.*\()?)(?<file>[^()]+?):(?<line>\d+):(?<column>\d+)(?<tail>\)?)$/u;

/** Turns what was thrown into user terms: only frames of user code, at places of the user's own source. */
export function inUserTerms(described: DescribedError, find: FindPosition, engineUrl: string): ThrownError {
  const { cause, errors, ...rest } = described;
  const { stack, span } = rewriteStack(described.stack, find, engineUrl);
  return {
    ...rest,
    stack,
    notes: [],
    ...(span && { span }),
    ...(cause && { cause: inUserTerms(cause, find, engineUrl) }),
    ...(errors && { errors: errors.map((part) => inUserTerms(part, find, engineUrl)) }),
  };
}

/** A stack with only frames of user code, and the place of the first one that stands in a cell. */
export function rewriteStack(stack: string, find: FindPosition, engineUrl: string): { stack: string; span?: SourceSpan } {
  let span: SourceSpan | undefined;
  const lines = stack.split('\n').flatMap((line) => {
    const parts = frame.exec(line)?.groups;
    if (!parts) return /^\s+at /u.test(line) ? [] : [line];
    const { head = '', file = '', tail = '' } = parts;
    const place = { line: Number(parts['line']), column: Number(parts['column']) };
    if (file.startsWith('node:') || file.startsWith(engineUrl)) return [];
    const found = find(file, place);
    const { file: userFile, position } = found ?? { file, position: place };
    if (found) span ??= { file: userFile, ...position };
    return [`${head}${userFile}:${position.line}:${position.column}${tail}`];
  });
  return { stack: lines.join('\n'), ...(span && { span }) };
}

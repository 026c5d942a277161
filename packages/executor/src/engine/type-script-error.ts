import type { ThrownError } from '@holdfast/protocol';
import { LineIndex, type Position } from '../analysis/line-index.ts';

const report = /^:(?<line>\d+)\n(?:[\s\S]*?\n(?<indent>[^\S\n]*)\^+\n)?/u;

/** What the TypeScript parser refuses, with the place that it only draws in its stack. */
export function describeTypeScriptError(error: unknown, { code, file }: { readonly code: string; readonly file: string }): ThrownError {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const place = findPlace(stack, code);
  const span = place && { file, ...place };
  return { name, message, stack: `${name}: ${message}${span ? `\n    at ${file}:${span.line}:${span.column}` : ''}`, notes: [], ...(span && { span }) };
}

/** At the end of the source there is nothing that could be marked. */
function findPlace(stack: string, code: string): Position | undefined {
  const drawn = report.exec(stack)?.groups;
  if (!drawn) return undefined;
  const { line, indent } = drawn;
  return indent === undefined ? new LineIndex(code).position(code.length) : { line: Number(line), column: indent.length + 1 };
}

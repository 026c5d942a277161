import type { ThrownError } from '@holdfast/protocol';

const report = /^[^\n]*:(?<line>\d+)\n[\s\S]*?\n(?<indent>[^\S\n]*)\^+\n/u;

/** What the TypeScript parser refuses, with the place that it only draws in its stack. */
export function describeTypeScriptError(error: unknown, file: string): ThrownError {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const drawn = report.exec(stack)?.groups;
  const span = drawn && { file, line: Number(drawn['line']), column: (drawn['indent'] ?? '').length + 1 };
  return { name, message, stack: `${name}: ${message}${span ? `\n    at ${file}:${span.line}:${span.column}` : ''}`, notes: [], ...(span && { span }) };
}

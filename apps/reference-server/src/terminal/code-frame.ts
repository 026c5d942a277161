import type { ExecutionResult } from '@holdfast/orchestrator';

type ThrownError = NonNullable<ExecutionResult['error']>;

/** What a program threw, for a terminal: the line of source with the place marked, then the stack and its causes. */
export function renderThrown(error: ThrownError, source: string): string {
  const { span } = error;
  const line = span && source.split(/\r\n|[\n\r\u2028\u2029]/u)[span.line - 1];
  const frame = span && line !== undefined ? `${span.file}:${span.line}\n${line}\n${marker(line, span.column)}\n\n` : '';
  return `${frame}Uncaught ${describe(error)}\n`;
}

function describe({ name, message, stack, cause, errors = [] }: ThrownError): string {
  const own = stack === '' ? `${name}: ${message}` : stack;
  const below = [...(cause ? [`caused by ${describe(cause)}`] : []), ...errors.map((part) => `with ${describe(part)}`)];
  return [own, ...below.map((text) => text.replaceAll(/^/gmu, '  '))].join('\n');
}

/** Tabs stay tabs, so that the mark stands under its character. */
function marker(line: string, column: number): string {
  return `${line.slice(0, column - 1).replaceAll(/[^\t]/gu, ' ')}^`;
}

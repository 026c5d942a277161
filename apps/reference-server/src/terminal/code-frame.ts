import { styleText } from 'node:util';
import type { ExecutionResult } from '@holdfast/orchestrator';

type ThrownError = NonNullable<ExecutionResult['error']>;

/** As much of a line as a terminal can be asked to show. */
const maxLineCharacters = 160;

/**
 * What a program threw, for a terminal: the line of source with the place marked, then the stack and its causes.
 *
 * @param sourceOf finds the source of a file; without one the line is left out
 */
export function renderThrown(error: ThrownError, sourceOf: (file: string) => string | undefined): string {
  const { span } = error;
  const line = span && sourceOf(span.file)?.split(/\r\n|[\n\r\u2028\u2029]/u)[span.line - 1];
  const frame = span && line !== undefined ? `${span.file}:${span.line}\n${excerpt(line, span.column)}\n\n` : '';
  return `${frame}${paint('red', 'Uncaught')} ${describe(error)}\n`;
}

function describe({ name, message, stack, cause, errors = [] }: ThrownError): string {
  const own = stack === '' ? `${name}: ${message}` : paintStack(stack);
  const below = [...(cause ? [`caused by ${describe(cause)}`] : []), ...errors.map((part) => `with ${describe(part)}`)];
  return [own, ...below.map((text) => text.replaceAll(/^/gmu, '  '))].join('\n');
}

function paintStack(stack: string): string {
  const frames = stack.search(/\n\s+at /u);
  const [head, tail] = frames === -1 ? [stack, ''] : [stack.slice(0, frames), stack.slice(frames)];
  return `${head.replace(/^[\w$]+(?=:|$)/u, (name) => paint('red', name))}${paint('gray', tail)}`;
}

/** The line, or what is around the place in a long one, with a mark under the place. */
function excerpt(line: string, column: number): string {
  const from = line.length > maxLineCharacters ? Math.max(0, column - 1 - maxLineCharacters / 2) : 0;
  const shown = line.slice(from, from + maxLineCharacters);
  const [before, after] = [from > 0 ? '… ' : '', from + maxLineCharacters < line.length ? ' …' : ''];
  return `${before}${shown}${after}\n${blank(`${before}${shown.slice(0, column - 1 - from)}`)}${paint('red', '^')}`;
}

/** As much room as a text takes. Tabs stay tabs, so that the mark stands under its character. */
function blank(text: string): string {
  return text
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/gu, '  ')
    .replaceAll(/[^\t ]/gu, ' ');
}

function paint(style: 'red' | 'gray', text: string): string {
  return text === '' ? '' : styleText(style, text, { stream: process.stderr });
}

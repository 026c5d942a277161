/**
 * Strips types from a cell that may return. The parser of TypeScript allows that in a function only, so there is one around
 * the cell; imports cannot stand there, so those at the beginning are taken out and put before what comes back.
 */
import { LineIndex } from '../analysis/line-index.ts';
import type { stripTypes, StrippedSource } from './strip-types.ts';

const [before, after] = ['async () => {', '\n}'];
/** What is transformed, and not only stripped, is printed anew. */
const arrow = /^async \(\) ?=> ?\{(?<body>.*)\}[\s;]*$/su;
const imports = /^(?:#!.*)?(?:\s|\/\/.*|\/\*[^]*?\*\/|import\b[^'";(=.]*(?:"[^"\n]*"|'[^'\n]*')(?:\s*with\s*\{[^}]*\})?;?)*/u;

/** @throws SyntaxError of the TypeScript parser */
export function stripBody(code: string, strip: typeof stripTypes): StrippedSource {
  const [head = ''] = imports.exec(code) ?? [];
  const around = strip(`${before}${head.replaceAll(/[^\n\r\u2028\u2029]/gu, ' ')}${code.slice(head.length)}${after}`);
  const body = arrow.exec(around.code)?.groups?.['body'];
  if (body === undefined) return strip(code);

  const joined = strip(head).code + body;
  const [joinedLines, aroundLines] = [new LineIndex(joined), new LineIndex(around.code)];
  const shift = around.code.indexOf('{') + 1 - head.length;
  return {
    code: joined,
    originalPosition: (position) => {
      const offset = joinedLines.offset(position);
      if (offset < head.length) return position;
      const { line, column } = around.originalPosition(aroundLines.position(offset + shift));
      return { line, column: line === 1 ? Math.max(1, column - before.length) : column };
    },
  };
}

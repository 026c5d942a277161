import { SourceMap, stripTypeScriptTypes } from 'node:module';
import type { Position } from '../analysis/line-index.ts';

/** JavaScript made from TypeScript, and where each of its places came from. */
export interface StrippedSource {
  readonly code: string;
  readonly originalPosition: (position: Position) => Position;
}

/** To TypeScript all enums of one name are one. In a session an enum begins anew, as everything does that is declared again. */
const openEnum = /^(?<start>var (?<name>\S+) = \/\*#__PURE__\*\/ function\(\k<name>\) \{$[^]*?^\}\()\k<name> \|\| \{\}\);$/gmu;

/**
 * Blanks types out, which keeps every position. Only syntax with a meaning at run time, an enum say, needs a
 * transformation; its source map tells the positions then.
 *
 * @throws SyntaxError of the TypeScript parser
 */
export function stripTypes(source: string): StrippedSource {
  try {
    return { code: stripTypeScriptTypes(source), originalPosition: (position) => position };
  } catch (error) {
    if (!isUnsupportedSyntax(error)) throw error;
    return transform(source);
  }
}

function transform(source: string): StrippedSource {
  const transformed = stripTypeScriptTypes(source, { mode: 'transform', sourceMap: true });
  const [code = '', encoded = ''] = transformed.split('//# sourceMappingURL=data:application/json;base64,');
  // The payload is made by Node itself, one line above.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()) as ConstructorParameters<typeof SourceMap>[0]);
  return {
    code: code.replaceAll(openEnum, '$<start>{});'),
    originalPosition: ({ line, column }) => {
      const entry = map.findEntry(line - 1, column - 1);
      return 'originalLine' in entry ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 } : { line, column };
    },
  };
}

function isUnsupportedSyntax(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
}

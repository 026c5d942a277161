import { stripTypeScriptTypes } from 'node:module';

/**
 * Tells whether a cell is whole, or goes on in the next line: `f(`, `class A {`, an open template.
 * The parser marks the place of an error with carets, except where the place is the end of the text.
 */
export function isComplete(code: string): boolean {
  try {
    stripTypeScriptTypes(code);
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_INVALID_TYPESCRIPT_SYNTAX') return true;
    if (/^Unterminated (?:template|block comment)/u.test(error.message)) return false;
    return /\n *\^+\n/u.test(error.stack ?? '');
  }
}

/**
 * Cells are lists of tokens here, written once with a space between any two of them, and once with no space that can be
 * left out, as a minifier writes them. Both have to do the same, for what the engine inserts must not grow together with
 * its neighbours.
 */
import { createSession, type Session } from '@holdfast/executor';
import { array, constantFrom, oneof, sample, tuple, type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

type Tokens = readonly string[];

/** Splits at spaces, so no token has one inside. */
function tokens(text: string, ...parts: readonly Tokens[]): Tokens {
  return text.split(' ').flatMap((token) => (/^\$\d$/u.test(token) ? (parts[Number(token[1])] ?? []) : [token]));
}

function minified(all: Tokens): string {
  return all.reduce((text, token) => text + (growTogether(text.at(-1) ?? '', token[0] ?? '') ? ' ' : '') + token, '');
}

function growTogether(last: string, first: string): boolean {
  return (/[\w$]/u.test(last) && /[\w$]/u.test(first)) || (last === first && ['+', '-', '/'].includes(last));
}

/** What may stand behind an `await`, with all kinds of tokens at the beginning and at the end. */
const operand: Arbitrary<Tokens> = constantFrom(
  '6', 'n', '( 6 )', '[ 7 ]', '"text"', '`t${ n }`', '/x/g . source', '! 0', '- 1', '+ + 1', '++ n', 'n ++', '~ n', 'typeof n', 'void 0', '( k ) ++', '-- k',
  'new Map ( ) . size', 'class { } . name', 'import ( "node:path" )', 'import . meta . filename', '{ a : n } . a',
).map((text) => tokens(text));
const assignment: Arbitrary<Tokens> = constantFrom('n = 5', '( n ) = 5', '( k ) = 5', 'k += 5', '[ k ] = [ 6 ]', 'async ( ) => 1').map((text) => tokens(text));

const awaited = oneof(
  operand.map((part) => tokens('await $0', part)),
  operand.map((part) => tokens('await await $0', part)),
  oneof(operand, assignment).map((part) => tokens('await ( $0 )', part)),
  oneof(operand, assignment).map((part) => tokens('await [ $0 ]', part)),
);
const expression = oneof(
  awaited,
  assignment,
  operand.filter(([first]) => first !== '{' && first !== 'class'), // which begin a statement of another kind
  awaited.map((part) => tokens('typeof $0', part)),
  awaited.map((part) => tokens('- $0', part)),
  awaited.map((part) => tokens('n / $0', part)),
  awaited.map((part) => tokens('"a" in await { a : $0 }', part)),
  awaited.map((part) => tokens('[ ] instanceof await Array', part)),
  tuple(awaited, awaited, awaited).map((parts) => tokens('n ? $0 : [ ... [ $1 ] , $2 ]', ...parts)),
);

const statement = oneof(
  expression,
  expression.map((part) => tokens('if ( 0 ) 1 ; else $0', part)),
  expression.map((part) => tokens('do $0 ; while ( 0 )', part)),
  expression.map((part) => tokens('label : $0', part)),
  expression.map((part) => tokens('for await ( const x of [ $0 ] ) x', part)),
  awaited.map((part) => tokens('for ( const x of [ $0 ] ) x', part)),
  tuple(awaited, awaited).map((parts) => tokens('switch ( 1 ) { case $0 : 2 ; default : $1 }', ...parts)),
  expression.map((part) => tokens('throw $0', part)),
  expression.map((part) => tokens('var v = $0', part)),
  expression.map((part) => tokens('if ( 1 ) var l = $0 ; else var l', part)),
  expression.map((part) => tokens('for ( var l of [ $0 ] ) l', part)),
  expression.map((part) => tokens('var [ l , m ] = [ $0 ]', part)),
  expression.map((part) => tokens('await ( async ( ) => { return $0 } ) ( )', part)),
);
const cells = array(statement, { minLength: 1, maxLength: 3 }).map((statements) => statements.flatMap((each, index) => (index === 0 ? each : [';', ...each])));

const known = 'let l; var m; const k = 1; var n = 2; undefined';

describe.each(['never', 'always'] as const)('the wrapper is used %s', (fallback) => {
  let session: Session;
  beforeAll(async () => {
    session = await createSession({ language: 'javascript', fallback });
  });
  afterAll(async () => session.close());

  async function outcome(code: string): Promise<object> {
    await session.execute(known);
    const { value, repr, error } = await session.execute(code, { filename: 'cell.js' });
    return { value, repr, error: error && `${error.name}: ${error.message}` };
  }

  test('EX-23 a cell does the same without the spaces that it does not need', async () => {
    for (const cell of sample(cells, { numRuns: 200, seed: 20261129 })) {
      const [spaced, short] = [cell.join(' '), minified(cell)];
      expect({ short, ...(await outcome(short)) }).toEqual({ short, ...(await outcome(spaced)) });
    }
  });
});

import type { Program } from 'acorn';
import type { Language } from '@holdfast/protocol';
import type { Position } from '../analysis/line-index.ts';
import { createExecutorMetrics, type ExecutorMetrics } from '../analysis/metrics.ts';
import { parseCell } from '../analysis/parse.ts';
import { findConstructs, type Constructs } from '../analysis/constructs.ts';
import { CellCache, type CellForm } from '../cache/cell-cache.ts';
import { stripBody } from './strip-body.ts';
import { stripTypes, type StrippedSource } from './strip-types.ts';

/** The JavaScript of a cell, and its tree where it parses. */
export interface CellReading {
  readonly stripped: StrippedSource;
  readonly program: Program | undefined;
  readonly constructs: Constructs;
}

/**
 * @param form `body` lets `return` stand at the top level; otherwise the text says which form it has
 * @throws SyntaxError of the TypeScript parser
 */
export type CellReader = (code: string, language: Language, form?: 'body') => CellReading;

export interface CellReaderOptions {
  /** @default a cache of its own, of the usual size */
  readonly cache?: CellCache<CellReading>;
  readonly strip?: typeof stripTypes;
  readonly parse?: typeof parseCell;
  /** Counts hits and misses of the cache. */
  readonly metrics?: ExecutorMetrics;
}

/**
 * Makes a function that reads cells and remembers them. A cell that begins with a brace is tried as one value first:
 * `{ a: 1 }` is the object that a person means, where it is one, not a block with a label. `{ if (a) { b } }` is the block
 * that a person means, not an object with a method.
 */
export function createCellReader({
  cache = new CellCache(),
  strip = stripTypes,
  parse = parseCell,
  metrics = createExecutorMetrics(),
}: CellReaderOptions = {}): CellReader {
  return (code, language, form) => {
    const forms = form ? [form] : formsOf(code);
    for (const each of forms) {
      const found = cache.find({ source: code, form: each, flags: [language] });
      if (!found) continue;
      metrics.cacheHit += 1;
      return found;
    }
    metrics.cacheMiss += 1;
    const value = forms.includes('value') ? readValue(code, language) : undefined;
    const reading = value ?? readStatements(code, language, form === 'body');
    if (reading.program) cache.keep({ source: code, form: value ? 'value' : (form ?? 'statements'), flags: [language] }, reading);
    return reading;
  };

  function readValue(code: string, language: Language): CellReading | undefined {
    try {
      const reading = readStatements(`(${code}\n)`, language);
      const { stripped, program } = reading;
      if (!program || (looksLikeStatement(program) && parse(stripped.code.slice(1, -1), { mayReturn: true }))) return undefined;
      return { ...reading, stripped: { ...stripped, originalPosition: (position) => withoutParenthesis(stripped.originalPosition(position)) } };
    } catch {
      return undefined; // then it is a block, or wrong, and the plain reading says which
    }
  }

  function readStatements(code: string, language: Language, mayReturn = false): CellReading {
    const plain = { code, originalPosition: (position: Position) => position };
    const isPlain = language === 'javascript' || !mayMeanTypes(code);
    const reading = isPlain ? survey(parse(code, { mayReturn })) : undefined;
    if (reading && (reading.program || language === 'javascript')) return { stripped: plain, ...reading };
    const stripped = mayReturn ? stripBody(code, strip) : strip(code);
    return { stripped, ...survey(parse(stripped.code, { mayReturn })) };
  }
}

/**
 * What is JavaScript is TypeScript too and means the same, but for texts such as `a < b > (c)`. To find out is much
 * cheaper than to blank out types, and most cells have none.
 */
function mayMeanTypes(code: string): boolean {
  return /<[^]*?[^=]>/u.test(code);
}

/** Whether it is an object of one method that is called as statements begin. */
function looksLikeStatement({ body: [statement] }: Program): boolean {
  if (statement?.type !== 'ExpressionStatement' || statement.expression.type !== 'ParenthesizedExpression') return false;
  const { expression } = statement.expression;
  if (expression.type !== 'ObjectExpression' || expression.properties.length !== 1) return false;
  const [property] = expression.properties;
  return property?.type === 'Property' && property.method && property.key.type === 'Identifier' && ['if', 'switch', 'while', 'with'].includes(property.key.name);
}

/** A tree that is too deep to be walked is none. */
function survey(program: Program | undefined): Pick<CellReading, 'program' | 'constructs'> {
  try {
    if (program) return { program, constructs: findConstructs(program) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { program: undefined, constructs: new Set() };
}

function formsOf(code: string): readonly CellForm[] {
  return /^\s*\{/u.test(code) && !/;\s*$/u.test(code) ? ['value', 'statements'] : ['statements'];
}

function withoutParenthesis({ line, column }: Position): Position {
  return { line, column: line === 1 ? Math.max(1, column - 1) : column };
}

/**
 * Turns a cell into the text that V8's REPL mode evaluates, and keeps the way back from its places to the user's.
 *
 * The text starts with a call that names the cell and lets its body run in a turn of the event loop of its own. That
 * is what makes the body terminable: what an inspector evaluates directly runs inside the dispatch of that inspector
 * message, and no further message, a termination least of all, is heard before it returns. See ADR 0017.
 */
import type { AnyNode, Program } from 'acorn';
import type { ExecutionMode, Language } from '@holdfast/protocol';
import { findBlocking, type BlockingReport } from '../analysis/blocking.ts';
import { resolveBlockingOptions, type ResolvedBlockingOptions } from '../analysis/blocking-options.ts';
import { assigning, awaiting, calling, declaring, hasAny, ofModes, ofModules } from '../analysis/constructs.ts';
import { findDeclarations } from '../analysis/declarations.ts';
import { findExecutionMode } from '../analysis/execution-mode.ts';
import { findConstants, type KnownNames, type LearnedNames } from '../analysis/known-names.ts';
import { LineIndex, type Position } from '../analysis/line-index.ts';
import { createExecutorMetrics, type ExecutorMetrics } from '../analysis/metrics.ts';
import { SourceEdits } from '../analysis/source-edits.ts';
import { cellUrl } from './cell-url.ts';
import { describeCompletion } from './describe-completion.ts';
import { createWrapper, returnLastValue, type FallbackUse, type Wrapper } from './fallback.ts';
import { guardAwaits } from './guard-awaits.ts';
import { guardConstants } from './guard-constants.ts';
import { hostObjectName } from './host-object.ts';
import { putHoistedFirst } from './put-hoisted-first.ts';
import { rewriteDeclarations } from './rewrite-declarations.ts';
import { rewriteModuleSyntax } from './rewrite-imports.ts';
import { createCellReader, type CellReader, type CellReading } from './read-cell.ts';

export interface CellSource {
  readonly code: string;
  readonly language: Language;
  readonly filename: string;
  /** The number of the cell in its session, from 1. */
  readonly ordinal: number;
}

/** What compiling works with beside the cell; one of these serves all cells of a session. */
export interface CompilerOptions {
  /** @default a reader with a cache of its own */
  readonly reader?: CellReader;
  /** @default what {@link resolveBlockingOptions} makes of nothing */
  readonly blocking?: ResolvedBlockingOptions;
  /**
   * Which cells the wrapper runs. A `return` at the top level is a syntax error unless this says `return`.
   *
   * @default 'never'
   */
  readonly fallback?: FallbackUse;
  /** Counts here, into an object of the caller. */
  readonly metrics?: ExecutorMetrics;
}

/** The names it declares are known once it began to run. */
export interface CompiledCell extends LearnedNames {
  readonly expression: string;
  readonly mode: ExecutionMode;
  /** Whether the wrapper is around it. */
  readonly isWrapped: boolean;
  /** Whether the evaluation gives the description of the completion value instead of the value. */
  readonly isDescribed: boolean;
  /** Where a place in the evaluated text stands in the user's source. */
  readonly sourcePosition: (position: Position) => Position;
}

interface SurroundedReading extends CellReading {
  readonly isWrapped: boolean;
}

/** Compiles the cells of one session, one after the other. */
export class CellCompiler {
  readonly #read: CellReader;
  readonly #blocking: ResolvedBlockingOptions;
  readonly #fallback: FallbackUse;
  readonly #metrics: ExecutorMetrics;

  constructor(options: CompilerOptions = {}) {
    const { metrics = createExecutorMetrics(), reader = createCellReader({ metrics }), blocking = resolveBlockingOptions(), fallback = 'never' } = options;
    this.#read = reader;
    this.#fallback = fallback;
    this.#blocking = blocking;
    this.#metrics = metrics;
  }

  get metrics(): Readonly<ExecutorMetrics> {
    return this.#metrics;
  }

  /**
   * @throws SyntaxError of the TypeScript parser; JavaScript that does not parse is left for V8 to report.
   */
  compile(cell: CellSource, known: KnownNames): CompiledCell {
    const reading = this.#readFor(cell.code, cell.language);
    try {
      return this.#edit(cell, reading, known);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // It nests too deep for us, though maybe not for V8: then it runs as it stands.
      return this.#edit(cell, { ...reading, program: undefined, constructs: new Set(), isWrapped: false }, known);
    }
  }

  #edit(cell: CellSource, { isWrapped, ...reading }: SurroundedReading, known: KnownNames): CompiledCell {
    const { stripped, program, constructs } = isWrapped ? reading : putHoistedFirst(reading, known);
    const edits = new SourceEdits(stripped.code);
    const has = (types: readonly AnyNode['type'][]): boolean => hasAny(constructs, types);
    const declarations: CompiledCell['declarations'] = program && has(declaring) ? findDeclarations(program) : new Map();
    const { before, after } = this.#surround(isWrapped, declarations, known, cell);
    const body = startOfBody(program);
    edits.insert(body, `${body > 0 ? ';' : ''}${before}`);
    if (stripped.code.startsWith('#!')) edits.replace(0, 2, '//');
    let description: string | undefined;
    if (program) {
      if (isWrapped) returnLastValue(program, edits);
      else description = describeCompletion(program, edits);
      if (has(ofModules)) rewriteModuleSyntax(program, stripped.code, known, edits);
      if (has(assigning)) guardConstants(program, stripped.code, findConstants(declarations, known), edits);
      if (has(awaiting)) guardAwaits(program, edits);
      if (has(declaring) && !isWrapped) rewriteDeclarations(program, known, edits); // last, because it closes what stands around the rest
    }
    edits.insert(stripped.code.length, description ?? after);

    const text = edits.toString();
    const blocking = program && has(calling) ? findBlocking(program, known, this.#blocking) : undefined;
    if (blocking) this.#report(blocking, stripped);
    const blocks = blocking?.calls.some(({ runsAtTopLevel }) => runsAtTopLevel) ?? false;
    return {
      expression: `${text}\n//# sourceURL=${cellUrl(cell.filename)}`,
      mode: !program || blocks || has(ofModes) ? findExecutionMode(program, stripped.code, blocks) : 'simple_sync',
      isWrapped,
      isDescribed: description !== undefined,
      declarations,
      origins: blocking?.origins ?? new Map(),
      sourcePosition: lazyPositions(text, edits, stripped),
    };
  }

  /** What comes before and after the cell. Without REPL mode a text that is not wrapped does not parse, and V8 is to say why. */
  #surround(isWrapped: boolean, declarations: CompiledCell['declarations'], known: KnownNames, { ordinal, code, filename }: CellSource): Wrapper {
    const begin = `await ${hostObjectName}.begin(${ordinal}, ${JSON.stringify(code)}, ${JSON.stringify(filename)});`;
    const isRepl = this.#fallback !== 'always';
    return isWrapped ? createWrapper(declarations, known, begin, isRepl) : { before: isRepl ? begin : '', after: '' };
  }

  /** Reads a cell as REPL mode takes it, and where that cannot be, as the wrapper does. */
  #readFor(code: string, language: Language): SurroundedReading {
    const plain = this.#readPlainly(code, language);
    if (!plain) return { ...this.#read(code, language, 'body'), isWrapped: true };
    if (this.#fallback === 'never' || (this.#fallback === 'return' && plain.program)) return { ...plain, isWrapped: false };
    const body = plain.program ? plain : this.#read(code, language, 'body');
    if (!body.program) return { ...plain, isWrapped: false };
    this.#metrics.fallbackUsed += 1;
    return { ...body, isWrapped: true };
  }

  /** A `return` at the top level is an error to the TypeScript parser; undefined where the wrapper may cure it. */
  #readPlainly(code: string, language: Language): CellReading | undefined {
    try {
      return this.#read(code, language);
    } catch (error) {
      if (this.#fallback === 'never' || !/\breturn\b/iu.test(code)) throw error;
      return undefined;
    }
  }

  #report({ imports, calls, missed }: BlockingReport, stripped: CellReading['stripped']): void {
    this.#metrics.detectedBlockingImport += imports.length;
    this.#metrics.detectedBlockingCall += calls.length;
    this.#metrics.missedAttributeChain += missed.length;
    const { warn } = this.#blocking;
    if (!warn) return;
    const lines = new LineIndex(stripped.code);
    for (const { name, offset, runsAtTopLevel } of calls) {
      if (runsAtTopLevel) warn({ name, ...stripped.originalPosition(lines.position(offset)) });
    }
  }
}

/** Compiles one cell by itself. */
export function compileCell(cell: CellSource, known: KnownNames, options: CompilerOptions = {}): CompiledCell {
  return new CellCompiler(options).compile(cell, known);
}

/** After the directives, which must come first to be directives. A cell of nothing but texts has its last one as value. */
function startOfBody(program: Program | undefined): number {
  let start = 0;
  for (const statement of program?.body ?? []) {
    if (statement.type !== 'ExpressionStatement' || statement.directive === undefined) return start;
    start = statement.end;
  }
  return 0;
}

/** Positions are wanted only when something was thrown, so the indexes are made then. */
function lazyPositions(text: string, edits: SourceEdits, stripped: CellReading['stripped']): (position: Position) => Position {
  let indexes: { edited: LineIndex; plain: LineIndex } | undefined;
  return (position) => {
    indexes ??= { edited: new LineIndex(text), plain: new LineIndex(stripped.code) };
    return stripped.originalPosition(indexes.plain.position(edits.sourceOffset(indexes.edited.offset(position))));
  };
}

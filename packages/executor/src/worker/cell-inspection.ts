import type { CellWarning, MessageInput } from '@holdfast/protocol';
import { findHiddenInternals } from '@holdfast/namespace';
import { resolveBlockingOptions } from '../analysis/blocking-options.ts';
import type { KnownNames } from '../analysis/known-names.ts';
import { createExecutorMetrics, type ExecutorMetrics } from '../analysis/metrics.ts';
import { CellCache } from '../cache/cell-cache.ts';
import { CellCompiler, type CellSource, type CompiledCell } from '../engine/compile-cell.ts';
import { createCellReader } from '../engine/read-cell.ts';
import type { WorkerSettings } from '../worker-settings.ts';

/** What the host is told of a cell before it runs. */
export type CellFindings = Pick<MessageInput<'execution-start'>, 'warnings' | 'counts'>;

/** What the engine counts, and under which names the host does. */
const countNames: readonly (readonly [keyof ExecutorMetrics, string])[] = [
  ['detectedBlockingImport', 'analysis.detectedBlockingImport'],
  ['detectedBlockingCall', 'analysis.detectedBlockingCall'],
  ['missedAttributeChain', 'analysis.missedAttributeChain'],
  ['fallbackUsed', 'analysis.fallbackUsed'],
  ['cacheHit', 'cache.hit'],
  ['cacheMiss', 'cache.miss'],
];

/** Compiles cells as the settings of the worker say, and keeps what is to be told of the one that comes next. */
export class CellInspection {
  readonly #metrics = createExecutorMetrics();
  readonly #compiler: CellCompiler;
  #before = { ...this.#metrics };
  #warnings: CellWarning[] = [];

  constructor({ cacheSize, fallback = 'never', blocking }: WorkerSettings) {
    const metrics = this.#metrics;
    this.#compiler = new CellCompiler({
      metrics,
      reader: createCellReader({ metrics, ...(cacheSize !== undefined && { cache: new CellCache(cacheSize) }) }),
      fallback,
      blocking: resolveBlockingOptions({ ...blocking, onWarning: (warning) => this.#warnings.push({ kind: 'blocking-call', ...warning }) }),
    });
  }

  /** @throws SyntaxError of the TypeScript parser */
  compile(cell: CellSource, known: KnownNames): CompiledCell {
    this.#before = { ...this.#metrics };
    this.#warnings = [];
    return this.#compiler.compile(cell, known);
  }

  /** What was found in the cell that was compiled last. */
  findings({ declarations }: CompiledCell): CellFindings {
    const lexical = [...declarations].filter(([, kind]) => kind !== 'var' && kind !== 'block').map(([name]) => name);
    const warnings = [...this.#warnings, ...findHiddenInternals(lexical).map((name): CellWarning => ({ kind: 'hidden-internal', name, line: 1, column: 1 }))];
    const counts: Record<string, number> = {};
    for (const [name, countName] of countNames) {
      const by = this.#metrics[name] - this.#before[name];
      if (by > 0) counts[countName] = by;
    }
    return { ...(warnings.length > 0 && { warnings }), ...(Object.keys(counts).length > 0 && { counts }) };
  }
}

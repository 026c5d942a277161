/** What the engine counts about the cells it compiled. One object may serve many sessions; the owner reads and resets it. */
export interface ExecutorMetrics {
  /** Modules with blocking functions that a cell imported or required. */
  detectedBlockingImport: number;
  /** Blocking calls that a cell contains, inside functions as well. */
  detectedBlockingCall: number;
  /** Calls whose name sounds blocking, on a value that could not be followed to its module. */
  missedAttributeChain: number;
  /** Cells that were compiled by the wrapper, because REPL mode could not. */
  fallbackUsed: number;
  /** Cells whose reading was found in the cache. */
  cacheHit: number;
  /** Cells that had to be read. */
  cacheMiss: number;
}

export function createExecutorMetrics(): ExecutorMetrics {
  return { detectedBlockingImport: 0, detectedBlockingCall: 0, missedAttributeChain: 0, fallbackUsed: 0, cacheHit: 0, cacheMiss: 0 };
}

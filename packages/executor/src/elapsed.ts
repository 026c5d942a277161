/** Milliseconds between two instants of `performance.now()`, to the microsecond: what is finer is noise to whoever reads it. */
export function elapsedMs(from: number, to: number = performance.now()): number {
  return Math.max(0, Math.round((to - from) * 1000)) / 1000;
}

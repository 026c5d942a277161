/**
 * Weights of a sum that comes as close as it can, none below zero: least squares on the relative error, one weight at a
 * time. Then a few more times with what was far off counting more, because the promise is about the worst.
 */
export interface FitRow {
  readonly counts: ArrayLike<number>;
  readonly tokens: number;
}

export function fitWeights(rows: readonly FitRow[], size: number, passes = 2): number[] {
  let importance = Float64Array.from(rows, () => 1);
  let weights: number[] = [];
  for (let pass = 0; pass < passes; pass += 1) {
    weights = solve(rows, size, importance);
    const fitted = weights;
    importance = Float64Array.from(rows, ({ counts, tokens }) => {
      const error = fitted.reduce((sum, weight, index) => sum + weight * (counts[index] ?? 0), 0) / Math.max(tokens, 1) - 1;
      return 0.7 + Math.min(Math.abs(error), 0.3) * 3;
    });
  }
  return weights;
}

function solve(rows: readonly FitRow[], size: number, importance: Float64Array): number[] {
  const columns = Array.from({ length: size }, (_, index) =>
    Float64Array.from(rows, ({ counts, tokens }, row) => ((counts[index] ?? 0) / Math.max(tokens, 1)) * (importance[row] ?? 1)),
  );
  const powers = columns.map((column) => column.reduce((sum, value) => sum + value * value, 0));
  const weights = Array.from({ length: size }, () => 0);
  const rest = Float64Array.from(importance);
  for (let round = 0; round < 400; round += 1) {
    columns.forEach((column, index) => {
      const power = powers[index] ?? 0;
      if (power === 0) return;
      const slope = column.reduce((sum, value, row) => sum + value * (rest[row] ?? 0), 0);
      const before = weights[index] ?? 0;
      const after = Math.max(0, before + slope / power);
      weights[index] = after;
      column.forEach((value, row) => (rest[row] = (rest[row] ?? 0) - (after - before) * value));
    });
  }
  return weights;
}

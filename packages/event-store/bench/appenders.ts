/** Appenders that each wait for their last append, as the callers of a store do. */
export interface Speed {
  /** Acknowledged appends each second. */
  readonly perSecond: number;
  /** What half of the appends took at most. */
  readonly p50Ms: number;
}

/** Lets so many appenders make `total` appends, or as many as they can in `forMs`. The first tenth only warms up. */
export async function measureAppenders(appenders: number, total: number, append: (appender: number) => Promise<unknown>, forMs = 5000): Promise<Speed> {
  let begun = 0;
  const warmUp = Math.floor(total / 10);
  let from = performance.now();
  const deadline = from + forMs;
  const tookMs: number[] = [];
  await Promise.all(
    Array.from({ length: appenders }, async (_, appender) => {
      while (begun < total && performance.now() < deadline) {
        begun += 1;
        if (begun === warmUp) {
          from = performance.now();
          tookMs.length = 0;
        }
        const start = performance.now();
        await append(appender);
        tookMs.push(performance.now() - start);
      }
    }),
  );
  return { perSecond: (tookMs.length / (performance.now() - from)) * 1000, p50Ms: median(tookMs) };
}

const turns = 3;

/** The best of each of two over some turns, one after the other in each, as other programs may disturb any of them. */
export async function bestInTurns(one: () => Promise<Speed>, other: () => Promise<Speed>): Promise<readonly [Speed, Speed]> {
  const speeds: [Speed, Speed][] = [];
  for (let turn = 0; turn < turns; turn += 1) speeds.push([await one(), await other()]);
  const best = (index: 0 | 1): Speed => speeds.map((pair) => pair[index]).reduce((left, right) => (left.perSecond > right.perSecond ? left : right));
  return [best(0), best(1)];
}

export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

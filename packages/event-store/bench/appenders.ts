/** Appenders that each wait for their last append, as the callers of a store do. */
export interface Speed {
  /** Acknowledged appends each second. */
  readonly perSecond: number;
  /** What half of the appends took at most. */
  readonly p50Ms: number;
  /** The time of the processor for one append, which other programs on the machine change least. */
  readonly processorUs: number;
}

/** Lets so many appenders make `total` appends, or as many as they can in `forMs`. The first tenth only warms up. */
export async function measureAppenders(appenders: number, total: number, append: (appender: number) => Promise<unknown>, forMs = 5000): Promise<Speed> {
  let begun = 0;
  const warmUp = Math.floor(total / 10);
  let from = performance.now();
  let processor = process.cpuUsage();
  const deadline = from + forMs;
  const tookMs: number[] = [];
  await Promise.all(
    Array.from({ length: appenders }, async (_, appender) => {
      while (begun < total && performance.now() < deadline) {
        begun += 1;
        if (begun === warmUp) {
          from = performance.now();
          processor = process.cpuUsage();
          tookMs.length = 0;
        }
        const start = performance.now();
        await append(appender);
        tookMs.push(performance.now() - start);
      }
    }),
  );
  const { user, system } = process.cpuUsage(processor);
  return { perSecond: (tookMs.length / (performance.now() - from)) * 1000, p50Ms: median(tookMs), processorUs: (user + system) / tookMs.length };
}

const turns = 3;

/** The best of each of two over some turns, one after the other in each, as other programs may disturb any of them. */
export async function bestInTurns(one: () => Promise<Speed>, other: () => Promise<Speed>): Promise<readonly [Speed, Speed]> {
  const [ones, others]: [Speed[], Speed[]] = [[], []];
  for (let turn = 0; turn < turns; turn += 1) {
    ones.push(await one());
    others.push(await other());
  }
  return [best(ones), best(others)];
}

function best(speeds: readonly Speed[]): Speed {
  return {
    perSecond: Math.max(...speeds.map(({ perSecond }) => perSecond)),
    p50Ms: Math.min(...speeds.map(({ p50Ms }) => p50Ms)),
    processorUs: Math.min(...speeds.map(({ processorUs }) => processorUs)),
  };
}

export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

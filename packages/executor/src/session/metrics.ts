/**
 * Where a session counts what happens, for whoever watches many of them. An adapter hands it on to a system of
 * telemetry. Names are words with dots; durations are in milliseconds.
 *
 * | name | kind | what |
 * |---|---|---|
 * | `executions` | counter | cells that ended, and with `.ok`, `.error`, `.cancelled` how |
 * | `executions.durationMs`, `executions.queuedMs` | distribution | how long a cell ran, and waited before |
 * | `cancellations.signal`, `.terminate`, `.sigterm`, `.sigkill` | counter | which step ended a cancelled cell |
 * | `analysis.detectedBlockingImport`, `.detectedBlockingCall`, `.missedAttributeChain`, `.fallbackUsed` | counter | what was found in cells |
 * | `cache.hit`, `cache.miss` | counter | cells whose reading was remembered, and those that were read |
 * | `routing.unrouted` | counter | messages that nobody takes |
 * | `output.pendingCharacters` | gauge | output that a slow `onOutput` has not taken yet |
 * | `output.drainTimeouts` | counter | results that did not wait for it any longer |
 * | `questions.input`, `questions.capability` | counter | what cells asked of the host |
 * | `workers.started`, `workers.ended` | counter | worker processes |
 */
export interface Metrics {
  /** Adds to a counter, which only grows. */
  count(name: string, by?: number): void;
  /** Says how large something is now. */
  gauge(name: string, value: number): void;
  /** Adds one measurement to a distribution. */
  record(name: string, value: number): void;
}

/** Metrics that stay in memory, to be looked at. */
export interface MemoryMetrics extends Metrics {
  readonly counters: ReadonlyMap<string, number>;
  readonly gauges: ReadonlyMap<string, number>;
  /** How many measurements there were, their sum and the largest. */
  readonly distributions: ReadonlyMap<string, { readonly count: number; readonly sum: number; readonly max: number }>;
}

export const noMetrics: Metrics = { count: () => undefined, gauge: () => undefined, record: () => undefined };

export function createMemoryMetrics(): MemoryMetrics {
  const counters = new Map<string, number>();
  const gauges = new Map<string, number>();
  const distributions = new Map<string, { readonly count: number; readonly sum: number; readonly max: number }>();
  return {
    counters,
    gauges,
    distributions,
    count: (name, by = 1) => void counters.set(name, (counters.get(name) ?? 0) + by),
    gauge: (name, value) => void gauges.set(name, value),
    record: (name, value) => {
      const { count, sum, max } = distributions.get(name) ?? { count: 0, sum: 0, max: -Infinity };
      distributions.set(name, { count: count + 1, sum: sum + value, max: Math.max(max, value) });
    },
  };
}

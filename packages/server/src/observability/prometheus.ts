/**
 * Figures in memory, told in the Prometheus text format 0.0.4. A library was not needed for three kinds of figures,
 * and a counter that is one addition costs a request nothing.
 */
import { metricHelp, type Labels, type MetricName, type Metrics } from './metrics.ts';

/** The upper bounds of a distribution, in seconds. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

interface Distribution {
  readonly counts: number[];
  sum: number;
  total: number;
}

export class PrometheusMetrics implements Metrics {
  readonly #counters = new Map<MetricName, Map<string, number>>();
  readonly #gauges = new Map<MetricName, Map<string, number>>();
  readonly #distributions = new Map<MetricName, Map<string, Distribution>>();
  /** Whoever counts often does it with the same labels, so that they are written out once. */
  readonly #keys = new WeakMap<Labels, string>();

  count(name: MetricName, labels?: Labels, amount = 1): void {
    const series = seriesOf(this.#counters, name);
    const key = this.#keyOf(labels);
    series.set(key, (series.get(key) ?? 0) + amount);
  }

  set(name: MetricName, value: number, labels?: Labels): void {
    seriesOf(this.#gauges, name).set(this.#keyOf(labels), value);
  }

  observe(name: MetricName, seconds: number, labels?: Labels): void {
    const series = seriesOf(this.#distributions, name);
    const key = this.#keyOf(labels);
    const known = series.get(key) ?? { counts: buckets.map(() => 0), sum: 0, total: 0 };
    series.set(key, known);
    const bucket = buckets.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) known.counts[bucket] = (known.counts[bucket] ?? 0) + 1;
    known.sum += seconds;
    known.total += 1;
  }

  /** All figures as text. */
  render(): string {
    const lines: string[] = [];
    for (const [name, series] of this.#counters) lines.push(...head(name, 'counter'), ...[...series].map(([key, value]) => `${name}${braces(key)} ${value}`));
    for (const [name, series] of this.#gauges) lines.push(...head(name, 'gauge'), ...[...series].map(([key, value]) => `${name}${braces(key)} ${value}`));
    for (const [name, series] of this.#distributions) lines.push(...head(name, 'histogram'), ...[...series].flatMap(([key, each]) => histogram(name, key, each)));
    return `${lines.join('\n')}\n`;
  }

  #keyOf(labels: Labels | undefined): string {
    if (labels === undefined) return '';
    const known = this.#keys.get(labels) ?? keyOf(labels);
    this.#keys.set(labels, known);
    return known;
  }
}

function histogram(name: MetricName, key: string, { counts, sum, total }: Distribution): string[] {
  let below = 0;
  const bounds = counts.map((count, index) => {
    below += count;
    return `${name}_bucket${braces(key, `le="${buckets[index] ?? 0}"`)} ${below}`;
  });
  return [...bounds, `${name}_bucket${braces(key, 'le="+Inf"')} ${total}`, `${name}_sum${braces(key)} ${sum}`, `${name}_count${braces(key)} ${total}`];
}

function head(name: MetricName, type: string): string[] {
  return [`# HELP ${name} ${metricHelp[name]}`, `# TYPE ${name} ${type}`];
}

function seriesOf<Value>(figures: Map<MetricName, Map<string, Value>>, name: MetricName): Map<string, Value> {
  const known = figures.get(name) ?? new Map<string, Value>();
  figures.set(name, known);
  return known;
}

function keyOf(labels: Labels): string {
  let key = '';
  for (const name of Object.keys(labels)) key += `${key === '' ? '' : ','}${name}="${escape(labels[name] ?? '')}"`;
  return key;
}

function escape(value: string): string {
  return value.replaceAll(/["\\\n]/gu, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

function braces(...keys: readonly string[]): string {
  const inner = keys.filter((key) => key !== '').join(',');
  return inner === '' ? '' : `{${inner}}`;
}

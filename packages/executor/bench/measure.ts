/** What benchmarks share: timing, percentiles, and rows that people and programs can read. */
import { loadavg } from 'node:os';

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly best: number;
}

/** One thing that was measured, and what it is measured against. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly p99?: number;
  readonly best?: number;
  /** What to reach, as a sentence. */
  readonly target?: string;
  /** Others in the same run. The ratio says how many times as much they take. */
  readonly peers?: readonly { readonly name: string; readonly value: number; readonly ratio: number }[];
  readonly notes?: string;
}

export async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

export async function times<Result>(count: number, run: (index: number) => Promise<Result> | Result): Promise<Result[]> {
  const results: Result[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
  for (let index = 0; index < count; index += 1) results.push(await run(index));
  return results;
}

export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), best: at(0) };
}

/** A row of a spread, against others. */
export function spreadRow(name: string, unit: string, samples: readonly number[], more: Partial<Row> & { readonly against?: Readonly<Record<string, number | undefined>> } = {}): Row {
  const { p50, p99, best } = spread(samples);
  return row(name, unit, p50, { p99, best, ...more });
}

export function row(name: string, unit: string, value: number, { against = {}, ...more }: Partial<Row> & { readonly against?: Readonly<Record<string, number | undefined>> } = {}): Row {
  const peers = Object.entries(against).flatMap(([peer, theirs]) => (theirs === undefined ? [] : [{ name: peer, value: theirs, ratio: theirs / value }]));
  return { name, unit, value, ...more, ...(peers.length > 0 && { peers }) };
}

/** Collects rows and prints each as it comes, or all of them as JSON at the end. */
export class Report {
  readonly #name: string;
  readonly #isJson: boolean;
  readonly #rows: Row[] = [];

  constructor(name: string, isJson: boolean) {
    this.#name = name;
    this.#isJson = isJson;
  }

  add(added: Row): void {
    this.#rows.push(added);
    if (!this.#isJson) console.log(describe(added));
  }

  say(text: string): void {
    if (!this.#isJson) console.log(text);
  }

  end(): void {
    const machine = { node: process.versions.node, load: loadavg()[0], date: new Date().toISOString().slice(0, 10) };
    if (this.#isJson) console.log(JSON.stringify({ bench: this.#name, ...machine, rows: this.#rows }, undefined, 2));
    else console.log(`\nNode ${machine.node}, load ${machine.load?.toFixed(1)} at the end`);
  }
}

function describe({ name, unit, value, p99, best, target, peers = [], notes }: Row): string {
  const more = [p99 === undefined ? '' : `p99 ${figure(p99)}`, best === undefined ? '' : `best ${figure(best)}`, notes ?? '', target === undefined ? '' : `target ${target}`];
  const lines = peers.map((peer) => `    ${peer.name.padEnd(42)} ${figure(peer.value).padStart(9)} ${unit}   ${peer.ratio.toFixed(2)} times as much`);
  return [`${name.padEnd(46)} ${figure(value).padStart(9)} ${unit}   ${more.filter(Boolean).join(', ')}`, ...lines].join('\n');
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value < 1 ? 3 : 1);
}

import type { Labels, Metrics } from './metrics.ts';

interface OperationLabels {
  readonly labels: Labels;
  readonly byStatus: Map<number, Labels>;
}

/** Counts requests. Every one of them needs labels, so each set of labels is made once. */
export class RequestFigures {
  readonly #metrics: Metrics;
  readonly #operations = new Map<string, OperationLabels>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  count(operation: string, status: number, seconds: number): void {
    const { labels, byStatus } = this.#labelsOf(operation);
    const ofStatus = byStatus.get(status) ?? { operation, status: String(status) };
    byStatus.set(status, ofStatus);
    this.#metrics.count('holdfast_http_requests_total', ofStatus);
    this.#metrics.observe('holdfast_http_request_seconds', seconds, labels);
  }

  #labelsOf(operation: string): OperationLabels {
    const known = this.#operations.get(operation) ?? { labels: { operation }, byStatus: new Map() };
    this.#operations.set(operation, known);
    return known;
  }
}

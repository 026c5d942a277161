/** What a server counts. Give another to send the figures elsewhere; none of its methods may throw or wait. */
export interface Metrics {
  /** Adds to a figure that only grows. */
  count(name: MetricName, labels?: Labels, amount?: number): void;
  /** Sets a figure that goes up and down. */
  set(name: MetricName, value: number, labels?: Labels): void;
  /** Adds to a distribution, in seconds. */
  observe(name: MetricName, seconds: number, labels?: Labels): void;
}

/** Few values each: every combination is a series of its own. */
export type Labels = Readonly<Record<string, string>>;

/** Every figure, with what it means. */
export const metricHelp = {
  holdfast_http_requests_total: 'Requests that were answered, by operation and status',
  holdfast_http_request_seconds: 'How long requests took, by operation',
  holdfast_http_requests_under_way: 'Requests that are being answered',
  holdfast_http_refused_total: 'Requests that were refused before their operation, by reason',
  holdfast_streams_open: 'Open streams, by transport',
  holdfast_streams_cut_total: 'Streams that were cut because their client read nothing, by transport',
  holdfast_stream_events_total: 'Events that were sent, by transport',
  holdfast_mcp_requests_total: 'Calls of MCP tools, by tool and outcome',
} as const;

export type MetricName = keyof typeof metricHelp;

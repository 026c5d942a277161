/**
 * How long to wait before the next try: a random part of a span that doubles, after "Exponential Backoff And Jitter"
 * (AWS, 2015), so that a thousand clients of a server that was restarted do not come back at once.
 */
export function backoffMs(attempt: number, random: () => number, { baseMs = 250, mostMs = 30_000 }: { readonly baseMs?: number; readonly mostMs?: number } = {}): number {
  return Math.ceil(random() * Math.min(mostMs, baseMs * 2 ** Math.min(attempt, 30)));
}

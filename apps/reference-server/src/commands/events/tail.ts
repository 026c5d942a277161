import type { Event, EventQuery, EventReader } from '@holdfast/event-store';
import { endedBy } from '../../exit-codes.ts';
import { eventLine } from './event-line.ts';
import { print, queryOf, withHistory, type FilterFlags } from './open-history.ts';

interface TailFlags extends FilterFlags {
  readonly lines: number;
  readonly follow: boolean;
}

/** `holdfast events tail`. */
export async function tailEvents(flags: TailFlags): Promise<number> {
  const { lines, follow, json = false } = flags;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  return withHistory(flags, async (reader) => {
    const query = queryOf(flags);
    const head = await reader.head();
    const last = await lastEvents(reader, query, lines, head);
    await print(last.map((event) => eventLine(event, json, process.stdout.columns)).join(''));
    if (last.length === 0 && lines > 0 && !json) process.stderr.write(follow ? 'No events match yet\n' : 'No events match\n');
    if (!follow) return 0;
    for await (const event of reader.subscribe({ ...query, afterSequence: head, signal: ending.signal })) {
      if (!(await print(eventLine(event, json, process.stdout.columns)))) return endedBy.SIGPIPE;
    }
    return 0;
  });
}

/** The last events up to a place that match. A stretch that grows is looked at from the end, so a long history costs nothing. */
async function lastEvents(reader: EventReader, query: EventQuery, count: number, head: number): Promise<readonly Event[]> {
  if (count === 0) return [];
  for (let stretch = Math.max(1000, count); ; stretch *= 10) {
    const found: Event[] = [];
    const afterSequence = Math.max(0, head - stretch);
    for await (const event of reader.read({ ...query, afterSequence, untilSequence: head })) {
      found.push(event);
      if (found.length > count * 2) found.splice(0, found.length - count);
    }
    if (found.length >= count || afterSequence === 0) return found.slice(-count);
  }
}

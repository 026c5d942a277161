import type { Event } from '@holdfast/event-store';
import { eventLine } from './event-line.ts';
import { printAll, queryOf, rendered, withHistory, type FilterFlags } from './open-history.ts';

interface ListFlags extends FilterFlags {
  readonly after?: number;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
}

/** `holdfast events list`. */
export async function listEvents(flags: ListFlags): Promise<number> {
  const { after, since, until, limit, json = false } = flags;
  const query = {
    ...queryOf(flags),
    ...(after !== undefined && { afterSequence: after }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(limit !== undefined && { limit }),
  };
  return withHistory(flags, async (reader) => {
    let found = 0;
    const line = (event: Event): string => {
      found += 1;
      return eventLine(event, json, process.stdout.columns);
    };
    await printAll(rendered(reader.read(query), line));
    if (found === 0 && !json) process.stderr.write('No events match\n');
    return 0;
  });
}

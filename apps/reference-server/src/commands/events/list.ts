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
    await printAll(rendered(reader.read(query), (event) => eventLine(event, json, process.stdout.columns)));
    return 0;
  });
}

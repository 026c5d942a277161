/**
 * The oracle: what a store must hold after a crash, given what its writers were told.
 *
 * Everything that was acknowledged is there, once and at its number. Numbers and versions have no gap. What was not
 * acknowledged may be there too, but only whole appends, and of each appender only what it appended before without a gap.
 */
import type { Event, EventStore } from '@holdfast/event-store';
import { z } from 'zod';

/** The number that each acknowledged event was given, by its id; null where the writer did not say. */
export type Acknowledged = Map<string, number | null>;

export interface Findings {
  readonly events: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly gaps: number;
  readonly duplicates: number;
  /** Appends of which only a part is there, or that overtook an earlier one of their appender. */
  readonly torn: number;
}

/** Reads the lines of a writer. The last one may have been cut off by the kill, and was then not received. */
export function acknowledge(acknowledged: Acknowledged, output: string): void {
  const whole = output.slice(0, output.lastIndexOf('\n') + 1);
  for (const line of whole.split('\n')) {
    const [id = '', number] = line.split(' ');
    if (id !== '') acknowledged.set(id, number === '?' ? null : Number(number));
  }
}

/** The data of `crash/writer.ts`. */
const written = z.object({ run: z.string(), index: z.int(), part: z.int(), parts: z.int() });

export async function inspect(store: EventStore, acknowledged: Acknowledged): Promise<Findings> {
  const found = new Map<string, number>();
  const versions = new Map<string, number>();
  const places = new Map<string, { index: number; part: number; parts: number }>();
  let [events, gaps, duplicates, torn] = [0, 0, 0, 0];

  for await (const event of store.read()) {
    events += 1;
    if (event.sequenceNumber !== events || event.streamVersion !== (versions.get(event.taskId) ?? 0) + 1) gaps += 1;
    if (found.has(event.eventId)) duplicates += 1;
    found.set(event.eventId, event.sequenceNumber);
    versions.set(event.taskId, event.streamVersion);
    if (!follows(event, places)) torn += 1;
  }
  for (const { part, parts } of places.values()) if (part + 1 !== parts) torn += 1;

  const lost = [...acknowledged].filter(([id, number]) => !found.has(id) || (number !== null && found.get(id) !== number)).length;
  return { events, acknowledged: acknowledged.size, lost, gaps, duplicates, torn };
}

/** Whether an event is the next part of its append, or the first part of the next append of its appender. */
function follows(event: Event, places: Map<string, { index: number; part: number; parts: number }>): boolean {
  const data = written.safeParse(event.data);
  if (!data.success) return true;
  const { run, index, part, parts } = data.data;
  const appender = `${event.taskId} ${run}`;
  const before = places.get(appender) ?? { index: -1, part: 0, parts: 1 };
  places.set(appender, { index, part, parts });
  if (part > 0) return before.index === index && before.part + 1 === part;
  return before.index + 1 === index && before.part + 1 === before.parts;
}

export function isClean({ lost, gaps, duplicates, torn }: Pick<Findings, 'lost' | 'gaps' | 'duplicates' | 'torn'>): boolean {
  return lost + gaps + duplicates + torn === 0;
}

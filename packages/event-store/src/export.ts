/**
 * A history as NDJSON: one line that says what this is, one line for each event, one line that says it is whole. Every
 * event line is the event itself with its schema version and its hash, so it can be read with any tool and taken over
 * by any store without losing a digit.
 */
import { z } from 'zod';
import { eventStoreError } from './errors.ts';
import { parseEvent } from './event.ts';
import { genesisHash } from './store/chain.ts';
import type { EventRecord, RecordQuery } from './store/event-record.ts';
import type { EventReader, EventStore } from './store/event-store.ts';

/** How far a long piece of work is, in events. */
export interface EventProgress {
  readonly done: number;
  /** Where it is known. */
  readonly total?: number;
}

export interface LongWorkOptions {
  /** Ends the work early, with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Told after each batch of events. */
  readonly onProgress?: (progress: EventProgress) => void;
}

const format = 'holdfast-events';
const formatVersion = 1;
const batchEvents = 1000;

const headLine = z.object({ format: z.literal(format), formatVersion: z.int().positive(), afterSequence: z.int().nonnegative() });
const endLine = z.object({ end: z.object({ events: z.int().nonnegative(), hash: z.string() }) });
const eventLine = z.looseObject({ schemaVersion: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** The lines of an export, without line ends. What is appended meanwhile is not in it. */
export async function* exportEvents(reader: EventReader, { signal, onProgress, ...query }: RecordQuery & LongWorkOptions = {}): AsyncGenerator<string, undefined> {
  const { afterSequence = 0, untilSequence = Number.POSITIVE_INFINITY } = query;
  const total = Math.max(0, Math.min(untilSequence, await reader.head()) - afterSequence);
  yield JSON.stringify({ format, formatVersion, afterSequence });
  let done = 0;
  let hash = genesisHash;
  for await (const record of reader.records({ ...query, untilSequence: afterSequence + total })) {
    signal?.throwIfAborted();
    yield lineOf(record);
    ({ hash } = record);
    done += 1;
    if (done % batchEvents === 0 || done === total) onProgress?.({ done, total });
  }
  yield JSON.stringify({ end: { events: done, hash } });
}

/**
 * Takes over an export, a batch at a time, and gives the number of events that were new. One that was interrupted is
 * simply done again.
 *
 * @throws HOLDFAST_EVENT_STORE_BAD_EXPORT with the line; the batches before it are kept
 * @throws HOLDFAST_EVENT_STORE_CHAIN_BROKEN when the events do not continue the history of this store
 */
export async function importEvents(
  store: Pick<EventStore, 'restore'>,
  lines: AsyncIterable<string> | Iterable<string>,
  { signal, onProgress }: LongWorkOptions = {},
): Promise<number> {
  let added = 0;
  let done = 0;
  let batch: EventRecord[] = [];
  const take = async (): Promise<void> => {
    if (batch.length === 0) return;
    added += await store.restore(batch);
    done += batch.length;
    batch = [];
    onProgress?.({ done });
  };
  for await (const record of recordsOf(lines)) {
    signal?.throwIfAborted();
    batch.push(record);
    if (batch.length === batchEvents) await take();
  }
  await take();
  return added;
}

async function* recordsOf(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<EventRecord, undefined> {
  let number = 0;
  let events = 0;
  let isWhole = false;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    if (isWhole) throw badExport(number, 'there is something after its end');
    const value = parseLine(line, number);
    if (number === 1) {
      assertHead(value);
      continue;
    }
    const end = endLine.safeParse(value);
    if (end.success) {
      if (end.data.end.events !== events) throw badExport(number, `it ends after ${events} events and should have ${end.data.end.events}`);
      isWhole = true;
      continue;
    }
    events += 1;
    yield recordOf(value, number);
  }
  if (!isWhole) throw badExport(number + 1, 'it is cut off');
}

function lineOf({ event, schemaVersion, hash }: EventRecord): string {
  return JSON.stringify({ ...event, schemaVersion, hash });
}

function recordOf(value: unknown, number: number): EventRecord {
  try {
    const { schemaVersion, hash, ...fields } = eventLine.parse(value);
    const event = parseEvent(fields);
    return { event, schemaVersion, json: JSON.stringify(event.data), hash };
  } catch (cause) {
    throw badExport(number, 'it is no event', cause);
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw badExport(number, 'it is no JSON', cause);
  }
}

function assertHead(value: unknown): void {
  const head = headLine.safeParse(value);
  if (!head.success) throw badExport(1, 'it does not say that it is an export of events');
  if (head.data.formatVersion > formatVersion) throw badExport(1, `its format is version ${head.data.formatVersion} and the newest one known is ${formatVersion}`);
}

function badExport(line: number, problem: string, cause?: unknown): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_BAD_EXPORT', `Cannot import line ${line}: ${problem}`, { cause, data: { line, problem } });
}

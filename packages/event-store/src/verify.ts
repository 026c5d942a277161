import { isHoldfastError } from '@holdfast/protocol';
import type { Event } from './event.ts';
import type { LongWorkOptions } from './export.ts';
import { chainText, genesisHash } from './store/chain.ts';
import type { EventRecord, RecordQuery } from './store/event-record.ts';
import type { EventReader, StreamInfo } from './store/event-store.ts';
import { sha256 } from './store/sha256.ts';

export interface VerifyOptions extends RecordQuery, LongWorkOptions {
  /** The hash that an event had when it was noted elsewhere. Only so it is seen when the end of a history was cut off. */
  readonly anchor?: Anchor;
}

/** One hash that stands for the history up to an event. */
export interface Anchor {
  readonly sequenceNumber: number;
  readonly hash: string;
}

export interface Verification {
  readonly isIntact: boolean;
  /** How many events were found to be what was appended. */
  readonly events: number;
  /** Of the last of them; to be noted elsewhere as an anchor. */
  readonly last: Anchor;
  /** The first thing that is wrong. */
  readonly problem?: { readonly sequenceNumber: number; readonly message: string };
}

const batchEvents = 1000;

/**
 * Checks every event against the chain of hashes, and stops at the first one that does not fit. Of a history that is
 * checked whole, it then checks that each task is read as the log has it, for a damaged index hides or swaps events.
 */
export async function verifyEvents(reader: EventReader, { anchor, signal, onProgress, ...query }: VerifyOptions = {}): Promise<Verification> {
  const { afterSequence = 0 } = query;
  const total = Math.max(0, Math.min(query.untilSequence ?? Number.POSITIVE_INFINITY, await reader.head()) - afterSequence);
  let last: Anchor = { sequenceNumber: afterSequence, hash: genesisHash };
  let previousMs = 0;
  let events = 0;
  const tasks = new Map<string, StreamInfo>();
  const failed = (sequenceNumber: number, message: string): Verification => ({ isIntact: false, events, last, problem: { sequenceNumber, message } });
  try {
    if (afterSequence > 0) last = await anchorAt(reader, afterSequence);
    for await (const record of reader.records({ ...query, untilSequence: afterSequence + total })) {
      signal?.throwIfAborted();
      const problem = problemOf(record, last, previousMs, anchor);
      if (problem !== undefined) return failed(last.sequenceNumber + 1, problem);
      last = { sequenceNumber: record.event.sequenceNumber, hash: record.hash };
      previousMs = Date.parse(record.event.timestamp);
      events += 1;
      tally(tasks, record.event);
      if (events % batchEvents === 0 || events === total) onProgress?.({ done: events, total });
    }
    const task = events === (await reader.head()) ? await findDamagedTask(reader, tasks, signal) : undefined;
    if (task !== undefined) return failed(1, `task ${JSON.stringify(task)} is not read as the log has it`);
  } catch (error) {
    if (!isHoldfastError(error, 'HOLDFAST_EVENT_STORE_CORRUPT')) throw error;
    return failed(last.sequenceNumber + 1, error.message);
  }
  if (events < total) return failed(last.sequenceNumber + 1, 'it is missing');
  if (anchor && anchor.sequenceNumber > last.sequenceNumber) return failed(last.sequenceNumber + 1, `the history ends before event ${anchor.sequenceNumber}, which was noted`);
  return { isIntact: true, events, last };
}

function problemOf(record: EventRecord, last: Anchor, previousMs: number, anchor: Anchor | undefined): string | undefined {
  const { event, schemaVersion, json, hash } = record;
  if (event.sequenceNumber !== last.sequenceNumber + 1) return 'it is missing';
  if (sha256(chainText(last.hash, event, schemaVersion, json)) !== hash) return 'it is not what was appended: its hash does not fit';
  if (Date.parse(event.timestamp) < previousMs) return 'its time is before that of the event before it';
  if (anchor?.sequenceNumber === event.sequenceNumber && anchor.hash !== hash) return 'its hash is not the one that was noted';
  return undefined;
}

function tally(tasks: Map<string, StreamInfo>, { taskId, streamVersion, sequenceNumber }: Event): void {
  const firstSequence = tasks.get(taskId)?.firstSequence ?? sequenceNumber;
  tasks.set(taskId, { taskId, streamVersion, firstSequence, lastSequence: sequenceNumber });
}

/** A task that is not listed, found and read as the log has it. The log was checked before, and may have grown since. */
async function findDamagedTask(reader: EventReader, tasks: ReadonlyMap<string, StreamInfo>, signal: AbortSignal | undefined): Promise<string | undefined> {
  const left = new Map(tasks);
  for (const listed of await reader.streams()) {
    const known = tasks.get(listed.taskId);
    if (known && !(left.delete(listed.taskId) && continues(listed, known))) return listed.taskId;
  }
  for (const taskId of left.keys()) return taskId;
  for (const known of tasks.values()) {
    signal?.throwIfAborted();
    if (!continues(await reader.findStream(known.taskId), known) || !(await isReadAsKnown(reader, known))) return known.taskId;
  }
  return undefined;
}

function continues(now: StreamInfo | undefined, known: StreamInfo): boolean {
  return now !== undefined && now.firstSequence === known.firstSequence && now.streamVersion >= known.streamVersion && now.lastSequence >= known.lastSequence;
}

async function isReadAsKnown(reader: EventReader, { taskId, streamVersion, lastSequence }: StreamInfo): Promise<boolean> {
  let version = 0;
  for await (const event of reader.read({ taskId, untilSequence: lastSequence })) {
    version += 1;
    if (event.taskId !== taskId || event.streamVersion !== version) return false;
  }
  return version === streamVersion;
}

async function anchorAt(reader: EventReader, sequenceNumber: number): Promise<Anchor> {
  for await (const { hash } of reader.records({ afterSequence: sequenceNumber - 1, untilSequence: sequenceNumber })) return { sequenceNumber, hash };
  return { sequenceNumber, hash: genesisHash };
}

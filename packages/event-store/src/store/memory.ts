import type { Event } from '../event.ts';
import { parseTaskId } from '../task-id.ts';
import { checkedConsumer, checkedKey } from './check-consumer.ts';
import { genesisHash } from './chain.ts';
import type { Consumers, ConsumerState } from './consumers.ts';
import { assertOpen, followLog, readLog, readRecords, type EventLog } from './event-log.ts';
import type { EventRecord } from './event-record.ts';
import type { EventStore, EventStoreOptions, StreamInfo } from './event-store.ts';
import { Growth } from './growth.ts';
import { matches } from './matches.ts';
import { MemoryConsumers } from './memory-consumers.ts';
import { partitionPoint } from './partition-point.ts';
import { prepareAppend } from './prepare.ts';
import { sha256 } from './sha256.ts';
import { Staging, type Committed } from './staging.ts';
import { StateCache } from './state-cache.ts';
import { upcast } from './upcast.ts';

const pageSize = 1024;

/** An event store that lives as long as its process: for tests, for tools, and as the specification of the others. */
export function createMemoryEventStore(options: EventStoreOptions = {}): EventStore {
  const all: EventRecord[] = [];
  const streams = new Map<string, EventRecord[]>();
  const byId = new Map<string, EventRecord>();
  const consumers = new MemoryConsumers();
  const growth = new Growth();
  let closed = false;

  const log: EventLog = {
    growth,
    get head() {
      return all.length;
    },
    get lastTimestampMs() {
      return timestampMs(all.at(-1));
    },
    get closed() {
      return closed;
    },
    page: (query, after, end) => {
      const { seen, last } = pageOf(query.taskId === null ? all : (streams.get(query.taskId) ?? []), after, end);
      return { events: seen.filter(({ event }) => matches(event, query)).map(current), last };
    },
    recordPage: (after, end) => all.slice(after, Math.min(end, after + pageSize)),
  };

  const current = ({ event, schemaVersion }: EventRecord): Event => upcast(options.upcasters, event, schemaVersion);

  const committed: Committed = {
    get position() {
      return all.length;
    },
    get timestampMs() {
      return timestampMs(all.at(-1));
    },
    versionOf: (taskId) => streams.get(taskId)?.length ?? 0,
    findEvent: (eventId) => {
      const found = byId.get(eventId);
      return found && current(found);
    },
    eventsAfter: (taskId, version) => (streams.get(taskId) ?? []).slice(version).map(current),
    consumerPosition: (consumer) => consumers.position(consumer),
    findState: (consumer, key) => consumers.find(consumer, key),
    states: new StateCache(),
    hashAt: (position) => all[position - 1]?.hash ?? genesisHash,
    hash: sha256,
  };

  /** One piece of work is one transaction here: it throws before anything has changed, or all of it is done. */
  const commit = <Result>(work: (staging: Staging) => Result): Result => {
    assertOpen(log);
    const staging = new Staging(committed, options);
    const result = work(staging);
    for (const record of staging.events) {
      const { taskId, eventId } = record.event;
      all.push(record);
      byId.set(eventId, record);
      const stream = streams.get(taskId);
      if (stream) stream.push(record);
      else streams.set(taskId, [record]);
    }
    consumers.change([...staging.consumerChanges, ...staging.inlineProgress()]);
    staging.settle();
    growth.wake();
    return result;
  };

  const reading = <Result>(result: () => Result): Result => {
    assertOpen(log);
    return result();
  };

  const close = async (): Promise<void> => {
    closed = true;
    growth.wake();
  };

  return {
    append: async (taskId, events, appendOptions) => commit((staging) => staging.append([prepareAppend({ ...appendOptions, taskId, events }, options)])),
    appendMany: async (appends) => commit((staging) => staging.append(appends.map((each) => prepareAppend(each, options)))),
    execute: async (taskId, fold, decide) => {
      const id = parseTaskId(taskId);
      return commit((staging) => staging.execute(id, fold, decide));
    },
    restore: async (restored) => commit((staging) => staging.restore(restored)),
    read: (query) => readLog(log, query),
    records: (query) => readRecords(log, query),
    subscribe: (query) => followLog(log, query),
    head: async () => reading(() => log.head),
    findEvent: async (eventId) => reading(() => committed.findEvent(eventId.toLowerCase())),
    findStream: async (taskId) => reading(() => infoOf(streams.get(parseTaskId(taskId)) ?? [])),
    streams: async () => reading(() => Array.from(streams.values(), infoOf).filter((info) => info !== undefined)),
    consumers: consumersOf(consumers, commit, reading),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function consumersOf(
  consumers: MemoryConsumers,
  commit: (work: (staging: Staging) => void) => void,
  reading: <Result>(result: () => Result) => Result,
): Consumers {
  return {
    position: async (consumer) => reading(() => consumers.position(checkedConsumer(consumer))),
    findState: async (consumer, key) => reading(() => consumers.find(checkedConsumer(consumer), checkedKey(key))),
    states: (consumer) => reading(() => asIterable(consumers.list(checkedConsumer(consumer)))),
    save: async (consumer, progress) => commit((staging) => staging.save(consumer, progress)),
    replace: async (consumer, by) => commit((staging) => staging.replace(consumer, by)),
    remove: async (consumer) => commit((staging) => staging.remove(consumer)),
  };
}

async function* asIterable(states: readonly ConsumerState[]): AsyncGenerator<ConsumerState, undefined> {
  yield* states;
}

function timestampMs(record: EventRecord | undefined): number {
  return record ? Date.parse(record.event.timestamp) : 0;
}

function infoOf(records: readonly EventRecord[]): StreamInfo | undefined {
  const [first, last] = [records[0]?.event, records.at(-1)?.event];
  if (!first || !last) return undefined;
  return { taskId: first.taskId, streamVersion: records.length, firstSequence: first.sequenceNumber, lastSequence: last.sequenceNumber };
}

function pageOf(source: readonly EventRecord[], after: number, end: number): { seen: readonly EventRecord[]; last: number } {
  const sequenceAt = (index: number): number => source[index]?.event.sequenceNumber ?? 0;
  const start = partitionPoint(0, source.length - 1, (index) => sequenceAt(index) > after);
  const seen = source.slice(start, start + pageSize).filter(({ event }) => event.sequenceNumber <= end);
  return { seen, last: seen.length === pageSize ? sequenceAt(start + pageSize - 1) : end };
}

// A contract is worth what it catches. Each store here breaks one rule, and at least one case has to see it.
import { createMemoryEventStore, type Event, type EventRecord, type EventStore, type EventStoreOptions, type NewEvent } from '@holdfast/event-store';
import { eventStoreContract, type OpenEventStore } from '@holdfast/event-store/testing';
import { expect, test } from 'vitest';
import { collect } from './collect.ts';

type Defect = (store: EventStore, options: EventStoreOptions) => Partial<EventStore>;

const without = <Of extends object, Name extends keyof Of>(value: Of | undefined, name: Name): Omit<Of, Name> => {
  const copy = { ...value } as Of;
  Reflect.deleteProperty(copy, name);
  return copy;
};

async function* mapped<From, To>(values: AsyncIterable<From>, change: (value: From) => To): AsyncGenerator<To> {
  for await (const value of values) yield change(value);
}

const copied = (event: Event): Event => structuredClone(event);

const defects: Readonly<Record<string, Defect>> = {
  'an expected version is not looked at': (store) => ({ append: async (taskId, events) => store.append(taskId, events) }),
  '"exists" is not looked at': (store) => ({
    append: async (taskId, events, options) => store.append(taskId, events, options?.expectedVersion === 'exists' ? {} : options),
  }),
  'an expected version may be greater than the real one': (store) => ({
    append: async (taskId, events, options) => {
      const actual = (await store.findStream(taskId))?.streamVersion ?? 0;
      const { expectedVersion } = options ?? {};
      return store.append(taskId, events, typeof expectedVersion === 'number' ? { expectedVersion: Math.min(expectedVersion, actual) } : options);
    },
  }),
  'an append to several tasks is several appends': (store) => ({
    appendMany: async (appends) => {
      const appended: Event[] = [];
      for (const { taskId, events, ...options } of appends) appended.push(...(await store.append(taskId, events, options)));
      return appended;
    },
  }),
  'a refused append consumes a number': (store) => ({
    append: async (taskId, events, options) => {
      try {
        return await store.append(taskId, events, options);
      } catch (error) {
        await store.append('hidden', [{ type: 'LOST', data: {} }]).catch(() => undefined);
        throw error;
      }
    },
  }),
  'a refused append keeps its first events': (store) => ({
    append: async (taskId, events, options) => {
      try {
        return await store.append(taskId, events, options);
      } catch (error) {
        if (events.length > 1 && events[0]) await store.append(taskId, [events[0]]).catch(() => undefined);
        throw error;
      }
    },
  }),
  'appends come in another order than they were called': (store) => {
    let calls = 0;
    return {
      append: async (taskId, events, options) => {
        if ((calls += 1) % 2 === 0) await Promise.resolve();
        return store.append(taskId, events, options);
      },
    };
  },
  'a repeated append is stored twice': (store) => ({ append: async (taskId, events, options) => store.append(taskId, events.map((event) => without(event, 'eventId')), options) }),
  'a repeated append is a conflict': (store) => ({
    append: async (taskId, events, options) => {
      for await (const event of store.read()) if (events.some(({ eventId }) => eventId === event.eventId)) throw new Error('it is there already');
      return store.append(taskId, events, options);
    },
  }),
  'an id that stands for another event is taken for a repetition': (store) => ({
    append: async (taskId, events, options) => {
      for await (const event of store.read()) if (events.some(({ eventId }) => eventId === event.eventId)) return [event];
      return store.append(taskId, events, options);
    },
  }),
  'a decision is made outside of the writer': (store) => ({
    execute: async (taskId, fold, decide) => {
      const events = await collect(store.read({ taskId }));
      const state = events.reduce((before, event) => fold.apply(before, event), fold.initial(taskId));
      return store.append(taskId, decide(state, { taskId, streamVersion: events.length }));
    },
  }),
  'a decision is made from the state of the one before': (store) => {
    const states = new Map<string, unknown>();
    return {
      execute: async (taskId, fold, decide) =>
        store.execute(taskId, fold, (state, stream) => {
          if (!states.has(taskId)) states.set(taskId, state);
          return decide(states.get(taskId) as typeof state, stream);
        }),
    };
  },
  'what an asynchronous decision gives is dropped': (store) => ({
    execute: async (taskId, fold, decide) =>
      store.execute(taskId, fold, (state, stream) => {
        const events: unknown = decide(state, stream);
        return Array.isArray(events) ? (events as NewEvent[]) : [];
      }),
  }),
  'a read gives other tasks too': (store) => ({ read: (query) => store.read(without(query, 'taskId')) }),
  'a read gives other types too': (store) => ({ read: (query) => store.read(without(query, 'types')) }),
  'a read does not look at correlations': (store) => ({ read: (query) => store.read(without(query, 'correlationId')) }),
  'a read does not look at causes': (store) => ({ read: (query) => store.read(without(query, 'causationId')) }),
  'a read begins with the event it should come after': (store) => ({
    read: (query = {}) => store.read(query.afterSequence === undefined ? query : { ...query, afterSequence: query.afterSequence - 1 }),
  }),
  'a read ends one version late': (store) => ({
    read: (query = {}) => store.read(query.untilVersion === undefined ? query : { ...query, untilVersion: query.untilVersion + 1 }),
  }),
  'a read until an instant leaves that instant out': (store) => ({
    read: (query = {}) => store.read(query.until?.includes('T') === true ? { ...query, until: new Date(Date.parse(query.until) - 1).toISOString() } : query),
  }),
  'a read since an instant leaves that instant out': (store) => ({
    read: (query = {}) => store.read(query.since?.includes('T') === true ? { ...query, since: new Date(Date.parse(query.since) + 1).toISOString() } : query),
  }),
  'a day ends at its start': (store) => ({
    read: (query = {}) => store.read(query.until !== undefined && !query.until.includes('T') ? { ...query, until: `${query.until}T00:00:00.000Z` } : query),
  }),
  'a limit is one too many': (store) => ({ read: (query = {}) => store.read(query.limit === undefined ? query : { ...query, limit: query.limit + 1 }) }),
  'a negative bound is refused': (store) => ({
    read: (query = {}) => {
      if ((query.afterSequence ?? 0) < 0) throw new RangeError('negative');
      return store.read(query);
    },
  }),
  'a read gives what came after its call': (store) => ({ read: (query) => ({ [Symbol.asyncIterator]: () => store.read(query)[Symbol.asyncIterator]() }) }),
  'a read breaks off in a long history': (store) => ({ read: (query = {}) => store.read({ ...query, limit: Math.min(query.limit ?? 1000, 1000) }) }),
  'events that are read can be changed': (store) => ({ read: (query) => mapped(store.read(query), copied) }),
  'a subscription loses what comes while it catches up': (store) => ({
    subscribe: (query) => {
      const past = without(query, 'signal');
      return (async function* () {
        let left = query?.limit ?? Number.POSITIVE_INFINITY;
        for await (const event of store.read(past)) {
          yield event;
          left -= 1;
        }
        if (left > 0) yield* store.subscribe({ ...query, afterSequence: await store.head(), ...(query?.limit !== undefined && { limit: left }) });
      })();
    },
  }),
  'a subscription gives the last event of the past twice': (store) => ({
    subscribe: (query) =>
      (async function* () {
        let isFirst = true;
        for await (const event of store.subscribe(query)) {
          yield event;
          if (isFirst) yield event;
          isFirst = false;
        }
      })(),
  }),
  'a subscription does not look at types': (store) => ({ subscribe: (query) => store.subscribe(without(query, 'types')) }),
  'the head is one behind': (store) => ({ head: async () => Math.max(0, (await store.head()) - 1) }),
  'streams come in the order of their names, backwards': (store) => ({
    streams: async () => (await store.streams()).toSorted((left, right) => (left.taskId < right.taskId ? 1 : -1)),
  }),
  'an unknown task is found empty': (store) => ({
    findStream: async (taskId) => (await store.findStream(taskId)) ?? { taskId, streamVersion: 0, firstSequence: 0, lastSequence: 0 },
  }),
  'a checkpoint does not go back': (store) => ({
    consumers: {
      ...store.consumers,
      save: async (consumer, progress) => {
        const before = await store.consumers.position(consumer);
        await store.consumers.save(consumer, { ...progress, ...(progress.sequenceNumber !== undefined && { sequenceNumber: Math.max(before, progress.sequenceNumber) }) });
      },
    },
  }),
  'a checkpoint and its states are saved one after the other': (store) => ({
    consumers: {
      ...store.consumers,
      save: async (consumer, { states, ...progress }) => {
        await store.consumers.save(consumer, progress);
        if (states) await store.consumers.save(consumer, { states });
      },
    },
  }),
  'two consumers of one name do not find out': (store) => ({
    consumers: { ...store.consumers, save: async (consumer, progress) => store.consumers.save(consumer, without(progress, 'afterSequence')) },
  }),
  'states that are replaced are mixed': (store) => ({
    consumers: {
      ...store.consumers,
      replace: async (consumer, by) => {
        await store.consumers.save(consumer, { sequenceNumber: await store.consumers.position(by), states: await collect(store.consumers.states(by)) });
        await store.consumers.remove(by);
      },
    },
  }),
  'records do not bear the hash of what is before them': (store) => ({ records: (query) => mapped(store.records(query), (record) => ({ ...record, hash: '0'.repeat(64) })) }),
  'what is taken over gets new numbers and times': (store) => ({
    restore: async (records: readonly EventRecord[]) => {
      for (const { event } of records) await store.append(event.taskId, [{ type: event.type, data: event.data }]);
      return records.length;
    },
  }),
  'a store that is closed goes on accepting': () => ({ close: async () => undefined }),
};

const openings: Readonly<Record<string, OpenEventStore>> = {
  'events have no limit': async (options) => createMemoryEventStore(without(options, 'maxEventBytes')),
  'the clock is the real one': async (options) => createMemoryEventStore(without(options, 'now')),
  'ids are its own': async (options) => createMemoryEventStore(without(options, 'newId')),
  'old data is not brought up to date': async (options) => createMemoryEventStore(without(options, 'upcasters')),
  'inline projections are not run': async (options) => createMemoryEventStore(without(options, 'inline')),
  ...Object.fromEntries(
    Object.entries(defects).map(([name, defect]): [string, OpenEventStore] => [
      name,
      async (options = {}) => {
        const store = createMemoryEventStore(options);
        return { ...store, ...defect(store, options) };
      },
    ]),
  ),
};

/** The cases that fail, or do not end, on a store. Stops at the first. */
async function caught(open: OpenEventStore): Promise<readonly string[]> {
  for (const law of eventStoreContract) {
    const hang = Promise.withResolvers<'hangs'>();
    const limit = setTimeout(() => hang.resolve('hangs'), 5000);
    const outcome = await Promise.race([law.run(open).then(() => 'holds', () => 'fails'), hang.promise]);
    clearTimeout(limit);
    if (outcome !== 'holds') return [law.name];
  }
  return [];
}

test('a store without a defect fulfils the contract', async () => {
  expect(await caught(async (options) => createMemoryEventStore(options))).toEqual([]);
});

test.each(Object.keys(openings))('the contract catches that %s', async (name) => {
  expect(await caught(openings[name] as OpenEventStore)).toHaveLength(1);
});

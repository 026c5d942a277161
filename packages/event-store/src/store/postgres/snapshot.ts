/**
 * What is committed, as far as a batch has to ask, in memory.
 *
 * Decisions are made without waiting, and a database makes one wait. So a question that has no answer yet is noted and
 * ends the piece of work that asked it. All that was noted is then fetched in one go, and the batch is decided anew.
 */
import { hash as digest } from 'node:crypto';
import type { Event } from '../../event.ts';
import type { ConsumerState } from '../consumers.ts';
import type { EventStoreOptions } from '../event-store.ts';
import type { Committed } from '../staging.ts';
import type { StateCache } from '../state-cache.ts';
import { upcast } from '../upcast.ts';
import type { Connection } from './connect.ts';
import { integer, text, toConsumerState, toRecord, type Head, type Row } from './rows.ts';
import { selectByIds, selectConsumers, selectHashes, selectStates, selectStreamAfter, selectVersions } from './statements.ts';

/** Thrown by a question without an answer. Whoever catches it asks again after {@link Snapshot.load}. */
export class NotLoaded extends Error {}

export class Snapshot implements Committed {
  readonly states: StateCache;
  readonly #head: Head;
  readonly #options: EventStoreOptions;
  readonly #versions: Map<string, number>;
  readonly #events = new Facts<string, Event | undefined>();
  readonly #streams = new Facts<string, readonly Event[]>();
  readonly #consumers = new Facts<string, number>();
  readonly #consumerStates = new Facts<string, ConsumerState | undefined>();
  readonly #hashes = new Facts<number, string>();
  readonly #missingVersions = new Set<string>();

  /** @param versions - of tasks, as far as they are known to be what they are at this head */
  constructor(head: Head, versions: Map<string, number>, states: StateCache, options: EventStoreOptions) {
    this.#head = head;
    this.#versions = versions;
    this.states = states;
    this.#options = options;
  }

  get position(): number {
    return this.#head.position;
  }

  get timestampMs(): number {
    return this.#head.timestampMs;
  }

  versionOf(taskId: string): number {
    const version = this.#versions.get(taskId);
    if (version !== undefined) return version;
    this.#missingVersions.add(taskId);
    throw new NotLoaded('version');
  }

  findEvent(eventId: string): Event | undefined {
    return this.#events.get(eventId);
  }

  eventsAfter(taskId: string, version: number): Iterable<Event> {
    return this.#streams.get(JSON.stringify([taskId, version])) ?? [];
  }

  consumerPosition(consumer: string): number {
    return this.#consumers.get(consumer) ?? 0;
  }

  findState(consumer: string, key: string): ConsumerState | undefined {
    return this.#consumerStates.get(JSON.stringify([consumer, key]));
  }

  hashAt(position: number): string {
    return position === this.#head.position ? this.#head.hash : (this.#hashes.get(position) ?? '');
  }

  hash(content: string): string {
    return digest('sha256', content);
  }

  /** Whether a question had no answer. */
  get isIncomplete(): boolean {
    const { size } = this.#missingVersions;
    return size + [this.#events, this.#streams, this.#consumers, this.#consumerStates, this.#hashes].reduce((sum, { missing }) => sum + missing.size, 0) > 0;
  }

  /** Fetches what was asked for in vain. */
  async load(connection: Connection): Promise<void> {
    const rows = async (statement: string, ...values: readonly unknown[]): Promise<readonly Row[]> => connection.query(statement, values);
    const upToDate = (row: Row): Event => {
      const { event, schemaVersion } = toRecord(row);
      return upcast(this.#options.upcasters, event, schemaVersion);
    };
    if (this.#missingVersions.size > 0) {
      for (const row of await rows(selectVersions, [...this.#missingVersions])) this.#versions.set(text(row, 'task_id'), integer(row, 'version'));
      this.#missingVersions.clear();
    }
    await this.#events.load(undefined, async (ids) => (await rows(selectByIds, ids)).map((row) => [text(row, 'event_id'), upToDate(row)]));
    await this.#consumers.load(0, async (names) => (await rows(selectConsumers, names)).map((row) => [text(row, 'name'), integer(row, 'position')]));
    await this.#hashes.load('', async (positions) => (await rows(selectHashes, positions)).map((row) => [integer(row, 'position'), text(row, 'hash')]));
    await this.#consumerStates.load(undefined, async (keys) => {
      const pairs = keys.map(toPair);
      const found = await rows(selectStates, pairs.map(([consumer]) => consumer), pairs.map(([, key]) => key));
      return found.map((row) => [JSON.stringify([text(row, 'consumer'), text(row, 'key')]), toConsumerState(row)]);
    });
    await this.#streams.load([], async (keys) => {
      const found: [string, readonly Event[]][] = [];
      for (const key of keys) found.push([key, (await rows(selectStreamAfter, ...toPair(key))).map(upToDate)]);
      return found;
    });
  }
}

/** Answers of one kind, and the questions that had none. */
class Facts<Key, Value> {
  readonly missing = new Set<Key>();
  readonly #known = new Map<Key, Value>();

  get(key: Key): Value | undefined {
    if (this.#known.has(key)) return this.#known.get(key);
    this.missing.add(key);
    throw new NotLoaded('fact');
  }

  async load(absent: Value, fetch: (keys: readonly Key[]) => Promise<readonly (readonly [Key, Value])[]>): Promise<void> {
    if (this.missing.size === 0) return;
    const keys = [...this.missing];
    this.missing.clear();
    for (const key of keys) this.#known.set(key, absent);
    for (const [key, value] of await fetch(keys)) this.#known.set(key, value);
  }
}

/** What `JSON.stringify` made of two values. */
function toPair(key: string): readonly [unknown, unknown] {
  const [first, second]: readonly unknown[] = JSON.parse(key);
  return [first, second];
}

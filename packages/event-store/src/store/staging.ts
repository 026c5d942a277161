/**
 * What one transaction is going to write, decided in memory before the database is touched. The same for every adapter.
 *
 * Each piece of work sees the store as the work before it in the same transaction leaves it, and either adds to what is
 * staged or throws and leaves it as it was. Nobody hears of an outcome before the transaction is committed; if that
 * fails, the staging is thrown away and nothing has happened.
 */
import { eventStoreError } from '../errors.ts';
import { instantOf, type Event } from '../event.ts';
import type { Fold } from '../projection/projection.ts';
import { chainBroken, chainText } from './chain.ts';
import { assertStandsAt, checkedConsumer, checkedProgress } from './check-consumer.ts';
import type { ConsumerState, Progress } from './consumers.ts';
import type { EventRecord } from './event-record.ts';
import type { Decide, EventStoreOptions, StreamAppend } from './event-store.ts';
import { InlineStates } from './inline.ts';
import { assertExpectedVersion, numberEvent, prepareAppend, type PreparedAppend } from './prepare.ts';
import { assertSameFact, assertNamedOnce } from './repeated.ts';
import type { StateCache } from './state-cache.ts';
import { upcast } from './upcast.ts';

/** What is committed, as far as a staging has to ask. */
export interface Committed {
  readonly position: number;
  /** Of the last event; 0 when there is none. */
  readonly timestampMs: number;
  /** 0 for a task without events. */
  versionOf(taskId: string): number;
  findEvent(eventId: string): Event | undefined;
  eventsAfter(taskId: string, version: number): Iterable<Event>;
  consumerPosition(consumer: string): number;
  findState(consumer: string, key: string): ConsumerState | undefined;
  readonly states: StateCache;
  /** Of the event at a position; that of nothing for 0. */
  hashAt(position: number): string;
  /** SHA-256 in hexadecimal. */
  hash(text: string): string;
}

/** What is going to become of a consumer. */
export type ConsumerChange =
  | { readonly kind: 'save'; readonly consumer: string; readonly progress: Progress }
  | { readonly kind: 'replace'; readonly consumer: string; readonly by: string }
  | { readonly kind: 'remove'; readonly consumer: string };

export class Staging {
  readonly events: EventRecord[] = [];
  readonly consumerChanges: ConsumerChange[] = [];
  readonly #committed: Committed;
  readonly #options: EventStoreOptions;
  readonly #inline: InlineStates;
  readonly #byTask = new Map<string, EventRecord[]>();
  readonly #byId = new Map<string, Event>();
  /** How many of the staged events `#byId` has. It is brought up to date when somebody asks, which few do. */
  #knownById = 0;
  readonly #decided = new Map<Fold<unknown>, Map<string, { version: number; state: unknown }>>();
  readonly #consumerPositions = new Map<string, number>();
  #position: number;
  #timestampMs: number;
  #hash: string;

  constructor(committed: Committed, options: EventStoreOptions) {
    this.#committed = committed;
    this.#options = options;
    this.#inline = new InlineStates(options.inline ?? [], committed);
    this.#position = committed.position;
    this.#timestampMs = committed.timestampMs;
    this.#hash = committed.hashAt(committed.position);
  }

  /** @throws what the port says of `append` */
  append(appends: readonly PreparedAppend[]): readonly Event[] {
    const repeated = this.#repeated(appends);
    if (repeated) return repeated;
    const versions = appends.length > 1 ? new Map<string, number>() : undefined;
    const added: EventRecord[] = [];
    let timestampMs = this.#timestampMs;
    let hash = this.#hash;
    for (const append of appends) {
      let version = versions?.get(append.taskId) ?? this.#versionOf(append.taskId);
      assertExpectedVersion(append, version);
      for (const { event, schemaVersion, json } of append.drafts) {
        version += 1;
        const numbered = numberEvent(event, this.#position + added.length + 1, version, timestampMs);
        timestampMs = instantOf(numbered.timestamp);
        hash = this.#committed.hash(chainText(hash, numbered, schemaVersion, json));
        added.push({ event: numbered, schemaVersion, json, hash });
      }
      versions?.set(append.taskId, version);
    }
    this.#add(added);
    return Object.freeze(added.map(({ event }) => event));
  }

  /** @throws what `decide` throws, and what the port says of `append` */
  execute<State>(taskId: string, fold: Fold<State>, decide: Decide<State>): readonly Event[] {
    const streamVersion = this.#versionOf(taskId);
    const state = this.#stateOf(taskId, fold);
    const events: unknown = decide(state, { taskId, streamVersion });
    return this.append([prepareAppend(decided(taskId, events), this.#options)]);
  }

  /** @throws HOLDFAST_EVENT_STORE_CHAIN_BROKEN */
  restore(records: readonly EventRecord[]): number {
    const fresh: EventRecord[] = [];
    const versions = new Map<string, number>();
    let hash = this.#hash;
    for (const record of records) {
      const { event, schemaVersion, json } = record;
      if (event.sequenceNumber <= this.#position) {
        this.#assertHas(record);
        continue;
      }
      const version = versions.get(event.taskId) ?? this.#versionOf(event.taskId);
      const isNext = event.sequenceNumber === this.#position + fresh.length + 1 && event.streamVersion === version + 1;
      if (!isNext) throw chainBroken(event.sequenceNumber, 'it does not follow the event before it');
      if (this.#findEvent(event.eventId)) throw chainBroken(event.sequenceNumber, 'its id stands for another event');
      hash = this.#committed.hash(chainText(hash, event, schemaVersion, json));
      if (hash !== record.hash) throw chainBroken(event.sequenceNumber, 'its hash does not fit what is before it');
      versions.set(event.taskId, event.streamVersion);
      fresh.push(record);
    }
    this.#add(fresh);
    return fresh.length;
  }

  /** @throws what the port says of `save` */
  save(name: string, unchecked: Progress): void {
    const consumer = checkedConsumer(name);
    const progress = checkedProgress(unchecked, this.#position);
    assertStandsAt(consumer, progress.afterSequence, this.#consumerPosition(consumer));
    if (progress.sequenceNumber !== undefined) this.#consumerPositions.set(consumer, progress.sequenceNumber);
    this.consumerChanges.push({ kind: 'save', consumer, progress });
  }

  replace(name: string, byName: string): void {
    const [consumer, by] = [checkedConsumer(name), checkedConsumer(byName)];
    if (consumer === by) return;
    this.#consumerPositions.set(consumer, this.#consumerPosition(by));
    this.#consumerPositions.set(by, 0);
    this.consumerChanges.push({ kind: 'replace', consumer, by });
  }

  remove(name: string): void {
    const consumer = checkedConsumer(name);
    this.#consumerPositions.set(consumer, 0);
    this.consumerChanges.push({ kind: 'remove', consumer });
  }

  /** What inline projections have become; to be written together with the events. */
  inlineProgress(): readonly ConsumerChange[] {
    return this.#inline.progress(this.#position);
  }

  /** Called once the transaction is committed. */
  settle(): void {
    for (const [fold, states] of this.#decided) {
      for (const [taskId, { version, state }] of states) this.#committed.states.keep(fold, taskId, version, state);
    }
  }

  #add(added: readonly EventRecord[]): void {
    if (this.#options.inline?.length) this.#inline.apply(added.map((record) => this.#upcast(record))); // throws, so it comes first
    for (const staged of added) {
      const { event } = staged;
      this.events.push(staged);
      const stream = this.#byTask.get(event.taskId);
      if (stream) stream.push(staged);
      else this.#byTask.set(event.taskId, [staged]);
      this.#position = event.sequenceNumber;
      this.#timestampMs = instantOf(event.timestamp);
      this.#hash = staged.hash;
    }
  }

  #assertHas({ event: { sequenceNumber }, hash }: EventRecord): void {
    const staged = this.events[sequenceNumber - this.#committed.position - 1];
    if (hash !== (staged?.hash ?? this.#committed.hashAt(sequenceNumber))) throw chainBroken(sequenceNumber, 'the store has another event in its place');
  }

  /** The events of an append that was made before; undefined for a new one. */
  #repeated(appends: readonly PreparedAppend[]): readonly Event[] | undefined {
    if (!appends.some((append) => append.drafts.some(({ isNamed }) => isNamed))) return undefined;
    const drafts = appends.flatMap((append) => append.drafts);
    assertNamedOnce(drafts);
    const found = drafts.map((draft) => (draft.isNamed ? this.#findEvent(draft.event.eventId) : undefined));
    if (found.every((event) => event === undefined)) return undefined;
    return Object.freeze(drafts.map((draft, index) => assertSameFact(draft, found[index])));
  }

  #stateOf<State>(taskId: string, fold: Fold<State>): State {
    const ofFold = this.#decided.get(fold) ?? new Map<string, { version: number; state: unknown }>();
    this.#decided.set(fold, ofFold);
    const known = ofFold.get(taskId) ?? this.#committed.states.find(fold, taskId);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this fold puts states under its own key
    let state = known ? (known.state as State) : fold.initial(taskId);
    let version = known?.version ?? 0;
    const advance = (event: Event): void => {
      if (event.streamVersion <= version) return;
      state = fold.apply(state, event);
      version = event.streamVersion;
    };
    if (version < this.#committed.versionOf(taskId)) for (const event of this.#committed.eventsAfter(taskId, version)) advance(event);
    for (const record of this.#byTask.get(taskId) ?? []) advance(this.#upcast(record));
    ofFold.set(taskId, { version, state });
    return state;
  }

  #upcast({ event, schemaVersion }: EventRecord): Event {
    return upcast(this.#options.upcasters, event, schemaVersion);
  }

  #versionOf(taskId: string): number {
    return this.#byTask.get(taskId)?.at(-1)?.event.streamVersion ?? this.#committed.versionOf(taskId);
  }

  #findEvent(eventId: string): Event | undefined {
    for (; this.#knownById < this.events.length; this.#knownById += 1) {
      const event = this.events[this.#knownById]?.event;
      if (event) this.#byId.set(event.eventId, event);
    }
    return this.#byId.get(eventId) ?? this.#committed.findEvent(eventId);
  }

  #consumerPosition(consumer: string): number {
    return this.#consumerPositions.get(consumer) ?? this.#committed.consumerPosition(consumer);
  }
}

function decided(taskId: string, events: unknown): StreamAppend {
  if (Array.isArray(events)) return { taskId, events };
  throw eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', `Cannot append to ${JSON.stringify(taskId)}: "decide" gave no array of events`);
}

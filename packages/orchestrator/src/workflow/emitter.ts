/**
 * Where the events of a workflow go: to the store first, so that they have their numbers, and then to whoever listens.
 * Neither is needed, and neither keeps the workflow from going on unless it was told otherwise.
 */
import { createEvent, merge, tick, type ClockMap, type Event, type NewEvent } from '@holdfast/event-store';
import { stableEventId } from './stable-event-id.ts';

/** What keeps events. Appending a second time under the same id gives the event that is there. */
export interface EventSink {
  append(taskId: string, event: NewEvent & { readonly eventId: string }): Promise<Event>;
  /**
   * An event that it keeps, by its id. With it a durable function records ids alone, because it can look up the rest;
   * the history has to be given then.
   */
  find?(eventId: string): Event | undefined;
}

/** What a durable function records of an event: its id where the log has it and can be asked for it, all of it where not. */
export type KeptEvent = string | Event;

export interface EmitterOptions {
  readonly taskId: string;
  readonly store?: EventSink;
  readonly broadcast?: (event: Event) => void | PromiseLike<void>;
  /** What to do when an event cannot be stored. @default 'continue' */
  readonly onEventFailure?: 'continue' | 'abort';
  readonly onFault?: (error: unknown) => void;
  /** What happened in the task before. @default nothing */
  readonly history?: readonly Event[];
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** How many events did not get where they should have. */
export interface EmitterFaults {
  /** When not 0, the history in the store is incomplete. */
  readonly notStored: number;
  readonly notBroadcast: number;
}

export class Emitter {
  readonly #options: EmitterOptions;
  readonly #events: Event[];
  readonly #byId = new Map<string, Event>();
  #clock: ClockMap;
  #notStored = 0;
  #notBroadcast = 0;

  constructor(options: EmitterOptions) {
    this.#options = options;
    this.#events = [];
    this.#clock = {};
    this.take(options.history ?? []);
  }

  /** What happened in the task so far, in order. */
  get events(): readonly Event[] {
    return this.#events;
  }

  get faults(): EmitterFaults {
    return { notStored: this.#notStored, notBroadcast: this.#notBroadcast };
  }

  /** What happened elsewhere in the task, such as what a person said. Known events change nothing. */
  take(events: readonly Event[]): void {
    for (const event of events) this.#add(event);
  }

  /** The event that a key names in the task, once there is one. */
  find(key: string): Event | undefined {
    return this.#byId.get(stableEventId(this.#options.taskId, key));
  }

  /** What is recorded of an event so that `recall` finds it, in this process or in the next. */
  keep(event: Event): KeptEvent {
    return this.#options.store?.find?.(event.eventId) ? event.eventId : event;
  }

  /** The event that was kept. What the log says of it holds. */
  recall(kept: KeptEvent): Event {
    if (typeof kept !== 'string') {
      this.#add(kept);
      return this.#byId.get(kept.eventId) ?? kept;
    }
    const event = this.#byId.get(kept) ?? this.#options.store?.find?.(kept);
    if (!event) throw new Error(`The log does not have event "${kept}" of task "${this.#options.taskId}" any more`);
    this.#add(event);
    return event;
  }

  /**
   * Stores an event, then tells it. The key says which event of the task it is: the same key again gives the event that
   * was stored then, whatever the second one says.
   *
   * @throws what the store throws, where `onEventFailure` is `abort`
   */
  async emit(key: string, event: NewEvent): Promise<Event> {
    const { taskId, store, broadcast } = this.#options;
    const eventId = stableEventId(taskId, key);
    const known = this.#byId.get(eventId);
    if (known) return known;
    const draft = { ...event, eventId, vectorClock: tick(this.#clock, 'workflow') };
    const stored = store ? await this.#store(store, draft) : this.#unstored(draft);
    this.#add(stored);
    try {
      await broadcast?.(stored);
    } catch (error) {
      this.#notBroadcast += 1;
      this.#options.onFault?.(error);
    }
    return stored;
  }

  async #store(store: EventSink, draft: NewEvent & { readonly eventId: string }): Promise<Event> {
    try {
      return await store.append(this.#options.taskId, draft);
    } catch (error) {
      if (this.#options.onEventFailure === 'abort') throw error;
      this.#notStored += 1;
      this.#options.onFault?.(error);
      return this.#unstored(draft);
    }
  }

  /** An event of this process alone: it has a version, and no place in a store. */
  #unstored(draft: NewEvent): Event {
    const streamVersion = (this.#events.at(-1)?.streamVersion ?? 0) + 1;
    return createEvent({ ...draft, taskId: this.#options.taskId, streamVersion }, this.#options.now ? { now: this.#options.now } : {});
  }

  #add(event: Event): void {
    this.#clock = merge(this.#clock, event.vectorClock);
    if (this.#byId.has(event.eventId)) return;
    this.#byId.set(event.eventId, event);
    this.#events.push(event);
  }
}

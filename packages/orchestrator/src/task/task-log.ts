/**
 * The one way by which events of tasks get into the store: one append at a time for each task, so that the clock of the
 * next event knows the one before, and none after the event that ended the task.
 */
import { merge, tick, type ClockMap, type Event, type EventStore, type NewEvent } from '@holdfast/event-store';
import { orchestratorError } from '../errors.ts';
import { endsTask } from './task-fold.ts';

export interface TaskLogOptions {
  readonly events: EventStore;
  readonly taskId: string;
  /** Told of each event when it is in the store. */
  readonly onAppended: (event: Event) => void;
}

export class TaskLog {
  readonly #options: TaskLogOptions;
  readonly #known = new Map<string, Event>();
  #clock: ClockMap = {};
  #last: Promise<unknown>;
  #hasEnded = false;
  #isClosed = false;

  constructor(options: TaskLogOptions) {
    this.#options = options;
    this.#last = this.#read();
    this.#last.catch(() => undefined); // the first call hears of it
  }

  /** What is known to have happened, in order: everything, once `history` was asked for. */
  get events(): readonly Event[] {
    return [...this.#known.values()];
  }

  find(eventId: string): Event | undefined {
    return this.#known.get(eventId);
  }

  /** What happened in the task, in order. */
  async history(): Promise<readonly Event[]> {
    return this.#next(async () => this.events);
  }

  /**
   * Appends an event, or gives the one that is there under the same id.
   *
   * @throws HOLDFAST_ORCHESTRATOR_TASK_ENDED, HOLDFAST_ORCHESTRATOR_CLOSED
   */
  async append(actor: string, event: NewEvent): Promise<Event> {
    const [appended] = (await this.alone(actor, async (append) => append([event]))) ?? [];
    if (appended) return appended;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_ENDED', `Cannot add ${event.type} to task "${this.#options.taskId}": it has ended`);
  }

  /**
   * Does something in which no events get in but those that it appends itself. Undefined, and nothing done, where the task
   * has ended.
   *
   * @throws HOLDFAST_ORCHESTRATOR_CLOSED
   */
  async alone<Value>(actor: string, work: (append: (events: readonly NewEvent[]) => Promise<readonly Event[]>) => Promise<Value>): Promise<Value | undefined> {
    const append = async (events: readonly NewEvent[]): Promise<readonly Event[]> => {
      const appended: Event[] = [];
      for (const event of events) appended.push(await this.#append(actor, event));
      return appended;
    };
    return this.#next(async () => {
      if (this.#isClosed) throw orchestratorError('HOLDFAST_ORCHESTRATOR_CLOSED', `Cannot add to task "${this.#options.taskId}": the service is shutting down`);
      return this.#hasEnded ? undefined : work(append);
    });
  }

  /** Keeps nothing more of what this process does for the task. */
  close(): void {
    this.#isClosed = true;
  }

  async #append(actor: string, event: NewEvent): Promise<Event> {
    const known = event.eventId === undefined ? undefined : this.#known.get(event.eventId);
    if (known) return known;
    const { events, taskId, onAppended } = this.#options;
    const vectorClock = merge(tick(this.#clock, actor), event.vectorClock ?? {});
    const [appended] = await events.append(taskId, [{ ...event, vectorClock }]);
    if (!appended) throw new TypeError('The store acknowledged an event and did not give it back');
    this.#learn(appended);
    onAppended(appended);
    return appended;
  }

  async #read(): Promise<void> {
    const { events, taskId } = this.#options;
    for await (const event of events.read({ taskId })) this.#learn(event);
  }

  #learn(event: Event): void {
    this.#known.set(event.eventId, event);
    this.#clock = merge(this.#clock, event.vectorClock);
    this.#hasEnded ||= endsTask(event.type);
  }

  async #next<Value>(work: () => Promise<Value>): Promise<Value> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined); // one that failed does not keep the next from its turn
    return mine;
  }
}

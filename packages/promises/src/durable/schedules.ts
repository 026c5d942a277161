/**
 * Durable functions that begin again and again. A schedule is a promise that is pending for as long as there is one, and a
 * short run for each occurrence, which sleeps until it is due, begins what is to be begun, and starts the run for the next.
 * So nothing is asked of a backend but promises and runs, and every backend does the same.
 */
import { isDeepStrictEqual } from 'node:util';
import { promisesError } from '../errors.ts';
import { lastInstant } from '../machine/machine.ts';
import type { PromiseView } from '../machine/messages.ts';
import { parsePromiseId } from '../promise-id.ts';
import type { Ask } from './ask.ts';
import type { DurableContext } from './context.ts';
import type { DurableFunction } from './durable-function.ts';
import { escape } from './root-id.ts';
import { nextAfter, occurrencesDue, type Cron, type MissedPolicy } from './schedule.ts';

export interface ScheduleOptions<Input> {
  /** Five fields, or six with seconds first: `0 3 * * 1-5`. */
  readonly cron: string;
  /** As in the IANA list: `Europe/Berlin`. @default 'UTC' */
  readonly timeZone?: string;
  readonly run: DurableFunction<Input, unknown>;
  readonly input: Input;
  /** What to do with occurrences that passed while no process was there. @default 'latest' */
  readonly missed?: MissedPolicy;
}

/** What there is. */
export interface Schedule extends Cron {
  readonly id: string;
  readonly missed: MissedPolicy;
  readonly function: { readonly name: string; readonly version: number };
  /** ISO 8601, in UTC. */
  readonly next: string;
}

/** Durable functions that begin at instants of a calendar. */
export interface Schedules {
  /**
   * Makes a schedule, or changes the one of this id. Each occurrence is a run of its own, with the id `ID@INSTANT`.
   *
   * @throws HOLDFAST_PROMISES_INVALID_SCHEDULE, HOLDFAST_PROMISES_INVALID_INPUT, HOLDFAST_PROMISES_NOT_DEFINED
   */
  put<Input>(id: string, options: ScheduleOptions<Input>): Promise<Schedule>;
  /** In the order in which they were made. */
  list(): Promise<readonly Schedule[]>;
  /** Runs that began go on. False when there is none of this id. */
  delete(id: string): Promise<boolean>;
}

/** What a schedule needs of the engine. */
export interface ScheduleHost {
  readonly ask: Ask;
  readonly search: (tags: Readonly<Record<string, string>>) => Promise<readonly PromiseView[]>;
  readonly now: () => number;
  readonly encodeInput: <Input>(callee: DurableFunction<Input, unknown>, input: Input) => string;
  readonly timeoutMs: (callee: DurableFunction<never, unknown>) => number;
  readonly define: <Input>(name: string, body: (context: DurableContext, input: Input) => Promise<void>) => DurableFunction<Input, void>;
  /** Starts a run that has all the time there is. */
  readonly start: <Input>(callee: DurableFunction<Input, void>, id: string, input: Input) => Promise<unknown>;
  readonly cancel: (id: string, reason: string) => Promise<boolean>;
  /** Starts a function that need not be defined here. The same id again starts nothing. */
  readonly startNamed: (callee: Callee, id: string, input: string, timeoutMs: number) => Promise<unknown>;
}

interface Callee {
  readonly name: string;
  readonly version: number;
}

interface Definition extends Cron {
  readonly id: string;
  readonly missed: MissedPolicy;
  readonly function: Callee;
  readonly input: string;
  readonly timeoutMs: number;
}

interface Occurrence {
  /** The promise of the schedule. */
  readonly key: string;
  readonly id: string;
  readonly at: number;
}

const tag = { 'holdfast:schedule': '1' };

export class PromiseSchedules implements Schedules {
  readonly #host: ScheduleHost;
  readonly #occurrence: DurableFunction<Occurrence, void>;

  constructor(host: ScheduleHost) {
    this.#host = host;
    this.#occurrence = host.define('holdfast:occurrence', async (context, occurrence: Occurrence) => {
      await context.sleep(new Date(occurrence.at));
      const now = await context.now();
      // Whatever fails here is tried again for as long as it takes: there is no next occurrence without this one.
      await context.step('begin', () => this.#begin(occurrence, now), { retry: { maxAttempts: Number.MAX_SAFE_INTEGER } });
    });
  }

  async put<Input>(id: string, { cron, timeZone = 'UTC', run, input, missed = 'latest' }: ScheduleOptions<Input>): Promise<Schedule> {
    const definition: Definition = {
      id: parsePromiseId(id),
      cron,
      timeZone,
      missed,
      function: { name: run.name, version: run.version },
      input: this.#host.encodeInput(run, input),
      timeoutMs: this.#host.timeoutMs(run),
    };
    const at = nextAfter(definition, this.#host.now());
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one generation after the other
      const { key, kept } = await this.#current(definition);
      if (isDeepStrictEqual(kept, definition)) {
        // oxlint-disable-next-line no-await-in-loop -- the last round
        await this.#await({ key, id: definition.id, at });
        return this.#describe(definition);
      }
      // oxlint-disable-next-line no-await-in-loop -- the next round makes the next generation
      await this.#end(key, kept);
    }
  }

  async list(): Promise<readonly Schedule[]> {
    const views = await this.#host.search(tag);
    return views.map((view) => this.#describe(readDefinition(view)));
  }

  async delete(id: string): Promise<boolean> {
    const parsed = parsePromiseId(id);
    const views = await this.#host.search(tag);
    const ended = await Promise.all(views.filter((view) => readDefinition(view).id === parsed).map(async (view) => this.#end(view.id, readDefinition(view))));
    return ended.some(Boolean);
  }

  /** The schedule of this id, which is the given one if there was none. An ended one keeps its place, so the next has another. */
  async #current(definition: Definition): Promise<{ readonly key: string; readonly kept: Definition }> {
    for (let generation = 0; ; generation += 1) {
      // No id of a run begins so.
      const key = `_s${escape(definition.id)}_g${generation}`;
      const tags = { ...tag, 'resonate:origin': key, 'resonate:branch': key, 'resonate:parent': key, 'resonate:scope': 'global' };
      const param = { headers: {}, data: JSON.stringify(definition) };
      // oxlint-disable-next-line no-await-in-loop -- one generation after the other
      const view = await this.#host.ask('promise.create', { id: key, timeoutAt: lastInstant, param, tags });
      if (view?.state === 'pending') return { key, kept: readDefinition(view) };
    }
  }

  async #end(key: string, definition: Definition): Promise<boolean> {
    const before = await this.#host.ask('promise.get', { id: key });
    if (before?.state !== 'pending') return false;
    await this.#host.ask('promise.settle', { id: key, state: 'resolved', value: { headers: {}, data: 'null' } });
    // One that waits already finds the schedule ended when it wakes; this only spares it the wait.
    await this.#host.cancel(occurrenceId({ key, at: nextAfter(definition, this.#host.now()) }), 'its schedule has ended');
    return true;
  }

  /** The run that waits for an occurrence. Everybody who waits for the same one is the same run. */
  async #await(occurrence: Occurrence): Promise<void> {
    await this.#host.start(this.#occurrence, occurrenceId(occurrence), occurrence);
  }

  async #begin({ key, id, at }: Occurrence, now: number): Promise<void> {
    const view = await this.#host.ask('promise.get', { id: key });
    if (view?.state !== 'pending') return;
    const definition = readDefinition(view);
    const { begin, next } = occurrencesDue(definition, definition.missed, at, now);
    await Promise.all(begin.map(async (each) => this.#host.startNamed(definition.function, `${id}@${iso(each)}`, definition.input, definition.timeoutMs)));
    await this.#await({ key, id, at: next });
  }

  #describe({ id, cron, timeZone, missed, function: callee }: Definition): Schedule {
    return Object.freeze({ id, cron, timeZone, missed, function: callee, next: iso(nextAfter({ cron, timeZone }, this.#host.now())) });
  }
}

function readDefinition({ id, param }: PromiseView): Definition {
  if (typeof param.data !== 'string') throw promisesError('HOLDFAST_PROMISES_NOT_DECODABLE', `Cannot read schedule "${id}": it has no definition`);
  return JSON.parse(param.data);
}

function occurrenceId({ key, at }: Pick<Occurrence, 'key' | 'at'>): string {
  return `${key}@${iso(at)}`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

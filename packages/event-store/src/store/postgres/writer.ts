/**
 * Group commit: what is asked for while one commit is under way shares the next one.
 *
 * Each commit has an id. When the connection breaks before its outcome is heard, that id, or the id of an event, tells
 * afterwards whether it was done, and only a commit that was not is made again. So nothing is done twice, and nobody is
 * told of a failure that was none.
 */
import { randomUUID } from 'node:crypto';
import { eventStoreError } from '../../errors.ts';
import type { EventStoreOptions } from '../event-store.ts';
import { Staging, type ConsumerChange } from '../staging.ts';
import { StateCache } from '../state-cache.ts';
import { claim, lockedHead, type Backend, type Claim, type WriterMode } from './claim.ts';
import type { Connection, OwnConnection, Server } from './connect.ts';
import { integer, toColumns, toHead, type Head } from './rows.ts';
import { inTransaction } from './setup.ts';
import { NotLoaded, Snapshot } from './snapshot.ts';
import {
  commitBatch,
  removeConsumer,
  removeStates,
  renameConsumer,
  renameStates,
  saveConsumer,
  saveStates,
  selectByIds,
  selectHead,
} from './statements.ts';
import { untilReached } from './until-reached.ts';

/** Decides what to write, in memory. May be asked more than once. */
export type Work = (staging: Staging) => unknown;

export type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** A commit that was sent. */
interface Sent {
  readonly id: string;
  readonly over: OwnConnection;
  readonly before: Head;
  readonly after: Head;
  readonly staging: Staging;
  readonly outcomes: readonly Outcome[];
}

/** So many versions of tasks are remembered between commits; more are asked for again. */
const maxVersions = 100_000;

export class Writer {
  readonly #server: Server;
  readonly #mode: WriterMode;
  readonly #options: EventStoreOptions;
  readonly #reconnectMs: number;
  readonly #states = new StateCache();
  #versions = new Map<string, number>();
  #claim: Claim | undefined;
  /** May not have noticed yet that its connection is gone. */
  #lastBackend: Backend | undefined;
  /** Where the log ends, as long as nobody else can write. */
  #head: Head | undefined;
  #closed = false;

  constructor(server: Server, mode: WriterMode, reconnectMs: number, options: EventStoreOptions) {
    this.#server = server;
    this.#mode = mode;
    this.#reconnectMs = reconnectMs;
    this.#options = options;
  }

  /** Takes the lease now and not at the first commit. Gives where the log ends. */
  async open(): Promise<Head> {
    const { connection } = await this.#claimed();
    if (this.#head) return this.#head;
    const [row = {}] = await connection.query(selectHead);
    return toHead(row);
  }

  /** Commits a batch and gives the outcome of each piece of work, and where the log ends then. When it throws, nothing was kept. */
  async commit(batch: readonly Work[]): Promise<{ readonly outcomes: readonly Outcome[]; readonly head: Head }> {
    let sent: Sent | undefined;
    const attempt = async (): Promise<Sent> => {
      const held = await this.#claimed();
      if (sent && (await this.#wasDone(held.connection, sent))) return sent;
      sent = undefined;
      return this.#decideAndSend(held.connection, batch, (sending) => {
        sent = sending;
      });
    };
    try {
      const done = await untilReached(this.#reconnectMs, () => this.#closed, attempt);
      this.#settle(done);
      return { outcomes: done.outcomes, head: done.after };
    } catch (error) {
      // A server that answers with a failure has done nothing. Of one that does not answer, nobody knows.
      const isUnknown = hasNoAnswer(sent);
      await this.#release();
      throw isUnknown ? unknownOutcome(this.#server.name, error) : error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#release();
  }

  async #claimed(): Promise<Claim> {
    if (this.#claim && !this.#claim.connection.ended.aborted) return this.#claim;
    this.#claim = await claim(this.#server, this.#mode, this.#lastBackend);
    this.#lastBackend = this.#claim.backend;
    this.#head = this.#claim.leasedAt ?? undefined;
    this.#versions = new Map();
    return this.#claim;
  }

  async #release(): Promise<void> {
    const held = this.#claim;
    this.#claim = undefined;
    this.#head = undefined;
    // It may be what failed.
    await held?.connection.end().catch(() => undefined);
  }

  async #decideAndSend(connection: OwnConnection, batch: readonly Work[], onSend: (sent: Sent) => void): Promise<Sent> {
    if (this.#head) return this.#decide(connection, this.#head, this.#versions, batch, onSend);
    return inTransaction(connection, async () => this.#decide(connection, await lockedHead(connection), new Map(), batch, onSend));
  }

  async #decide(
    connection: OwnConnection,
    before: Head,
    versions: Map<string, number>,
    batch: readonly Work[],
    onSend: (sent: Sent) => void,
  ): Promise<Sent> {
    const snapshot = new Snapshot(before, versions, this.#states, this.#options);
    for (;;) {
      const staging = new Staging(snapshot, this.#options);
      const outcomes = batch.map((work) => outcomeOf(work, staging));
      const changes = [...staging.consumerChanges, ...staging.inlineProgress()];
      if (snapshot.isIncomplete) {
        await snapshot.load(connection);
        continue;
      }
      const id = randomUUID();
      const last = staging.events.at(-1);
      const after = last
        ? { ...before, position: last.event.sequenceNumber, timestampMs: Date.parse(last.event.timestamp), hash: last.hash, commitId: id }
        : { ...before, commitId: id };
      const sent: Sent = { id, over: connection, before, after, staging, outcomes };
      if (staging.events.length + changes.length === 0) return { ...sent, after: before };
      onSend(sent);
      await this.#send(connection, sent, changes);
      return sent;
    }
  }

  async #send(connection: Connection, { before, after, staging }: Sent, changes: readonly ConsumerChange[]): Promise<void> {
    const values = [before.position, before.epoch, after.position, after.timestampMs, after.hash, after.commitId, this.#server.channel];
    const write = async (): Promise<void> => {
      const [row = {}] = await connection.query(commitBatch, [...values, ...toColumns(staging.events)]);
      if (integer(row, 'moved') === 0) throw fenced(this.#server.name);
      for (const change of changes) await changeConsumer(connection, change);
    };
    if (changes.length === 0 || !this.#head) await write();
    else await inTransaction(connection, write);
  }

  #settle({ staging, after }: Sent): void {
    staging.settle();
    if (!this.#head) return;
    // The lease may be a newer one than that of the commit.
    this.#head = { ...after, epoch: this.#head.epoch };
    if (this.#versions.size > maxVersions) this.#versions.clear();
    for (const { event } of staging.events) this.#versions.set(event.taskId, event.streamVersion);
  }

  /** Whether a commit whose outcome was not heard was done. What is left of its connection is ended already. */
  async #wasDone(connection: Connection, { id, before, staging }: Sent): Promise<boolean> {
    // Waits for what the earlier connection may still hold.
    const head = await inTransaction(connection, async () => lockedHead(connection));
    if (head.commitId === id) return true;
    if (head.commitId === before.commitId) return false;
    const first = staging.events[0];
    if (first) return (await connection.query(selectByIds, [[first.event.eventId]])).length > 0;
    throw unknownOutcome(this.#server.name);
  }
}

function hasNoAnswer(sent: Sent | undefined): boolean {
  return sent?.over.ended.aborted ?? false;
}

function outcomeOf(work: Work, staging: Staging): Outcome {
  try {
    return { result: work(staging) };
  } catch (error) {
    return { error: error instanceof NotLoaded ? undefined : error };
  }
}

async function changeConsumer(connection: Connection, change: ConsumerChange): Promise<void> {
  if (change.kind === 'save') {
    const { sequenceNumber, states = [] } = change.progress;
    await connection.query(saveConsumer, [change.consumer, sequenceNumber ?? null]);
    // Of a key that comes twice the last state holds.
    const rows = [...new Map(states.map((each) => [each.key, each])).values()];
    const columns = [rows.map(({ key }) => key), rows.map((each) => each.sequenceNumber), rows.map(({ state }) => JSON.stringify(state))];
    if (rows.length > 0) await connection.query(saveStates, [change.consumer, ...columns]);
    return;
  }
  for (const statement of [removeConsumer, removeStates]) await connection.query(statement, [change.consumer]);
  if (change.kind === 'replace') for (const statement of [renameConsumer, renameStates]) await connection.query(statement, [change.consumer, change.by]);
}

function fenced(name: string): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_FENCED', `Cannot use event store "${name}": somebody else wrote to it`, { data: { store: name } });
}

function unknownOutcome(name: string, cause?: unknown): Error {
  return eventStoreError(
    'HOLDFAST_EVENT_STORE_UNREACHABLE',
    `Cannot tell whether event store "${name}" kept the append: the connection to the server is lost`,
    { cause, data: { store: name, isOutcomeUnknown: true } },
  );
}

/**
 * A batch of requests as one transaction. The trees that it names are locked, what it needs of them is read, the machine
 * decides in memory, and what changed is written at once. So the transitions are the same as in a file, and a batch takes
 * the same few statements whatever is in it.
 */
import { Machine, type Outcome } from '../machine/machine.ts';
import type { ProtocolRequest } from '../machine/messages.ts';
import { treeOf } from '../machine/records.ts';
import type { Connection } from './connect.ts';
import { LoadedRows, Wanted, type KeptTask } from './loaded-rows.ts';
import { NotLoaded, StagedRecords } from './staged-records.ts';
import { beginWith, load, loadValues, lockKey, searchWith, tryLocks, write, writeValues } from './statements.ts';

type Answer = readonly [status: number, data: unknown];

export interface BatchResult {
  /** One for each request. */
  readonly answers: readonly Answer[];
  readonly outcome: Outcome;
  /** Addresses at which a task was left for somebody else to take. */
  readonly left: ReadonlySet<string>;
  /** The database's clock. */
  readonly now: number;
  /** The first of the deadlines that are new. */
  readonly due: number | undefined;
}

/** Whether a task that is offered is taken by this process. */
export type Takes = (task: Pick<KeptTask, 'id' | 'address' | 'callee'>) => boolean;

export interface BatchOptions {
  readonly connection: Connection;
  readonly schema: string;
  readonly isFlushed: boolean;
  readonly takes: Takes;
  /** Instead of the database's clock, in tests. */
  readonly clock?: (() => number) | undefined;
}

/** A transition reached into a tree that is not locked. */
class OtherTrees extends Error {
  readonly trees: readonly string[];

  constructor(trees: readonly string[]) {
    super(`Cannot go on: ${trees.join()} has to be locked`);
    this.trees = trees;
  }
}

export async function runBatch(requests: readonly ProtocolRequest[], options: BatchOptions): Promise<BatchResult> {
  const { connection, schema, isFlushed } = options;
  const wanted = wantedBy(requests);
  const trees = new Set([...wanted.ids, ...wanted.awaited, ...wanted.branchesOf].map(treeOf));
  for (;;) {
    try {
      const keys = [...trees].map((tree) => lockKey(schema, tree));
      // oxlint-disable-next-line no-await-in-loop -- begins anew with more locks
      return await inTransaction(connection, beginWith(keys, isFlushed), async () => decide(options, trees, wanted, requests));
    } catch (error) {
      // Locks are taken in one order, so one more means all of them again.
      if (!(error instanceof OtherTrees)) throw error;
      for (const tree of error.trees) trees.add(tree);
    }
  }
}

/** Settles what is due in those of the trees that nobody else is at, and offers what has nobody. */
export async function runDue(trees: readonly string[], options: BatchOptions): Promise<BatchResult> {
  const { connection, schema, isFlushed } = options;
  return inTransaction(connection, beginWith([], isFlushed), async () => {
    const rows = await connection.query(tryLocks, [trees, trees.map((tree) => String(lockKey(schema, tree)))]);
    const locked = new Set(rows.map((row) => String(row['tree'])));
    return decide(options, locked, new Wanted(), []);
  });
}

export async function inTransaction<Result>(connection: Connection, begin: string, work: () => Promise<Result>): Promise<Result> {
  try {
    await connection.query(begin);
    const result = await work();
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    // The connection may be what failed; the server rolls back by itself then.
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function decide({ connection, clock, takes }: BatchOptions, trees: ReadonlySet<string>, first: Wanted, requests: readonly ProtocolRequest[]): Promise<BatchResult> {
  const instant = clock?.() ?? null;
  const loaded = new LoadedRows(trees);
  for (let wanted = first; ; ) {
    // oxlint-disable-next-line no-await-in-loop -- what is needed next is known by what was read before
    await read(connection, loaded, wanted, instant);
    const staged = new StagedRecords(loaded);
    const result = attempt(staged, loaded.now, requests);
    if (result) {
      const left = leave(staged, result.outcome, loaded.now, takes);
      const values = writeValues(onlyLocked(staged, loaded));
      // oxlint-disable-next-line no-await-in-loop -- the last round
      if (values) await connection.query(write, values, 'write');
      return { ...result, left, now: loaded.now };
    }
    wanted = staged.missing;
    const others = [...wanted.ids, ...wanted.awaited].filter((id) => !loaded.isLocked(id));
    if (others.length > 0) throw new OtherTrees(others.map(treeOf));
  }
}

async function read(connection: Connection, loaded: LoadedRows, wanted: Wanted, instant: number | null): Promise<void> {
  const [row] = await connection.query(load, loadValues(loaded.trees, wanted, instant), 'load');
  if (row) loaded.add(wanted, row);
  for (const [key, search] of wanted.searches) {
    // oxlint-disable-next-line no-await-in-loop -- one connection
    loaded.addFound(key, await connection.query(...searchWith(search, instant)));
  }
}

/** Undefined when something has to be read first; then nothing of it counts. */
function attempt(staged: StagedRecords, now: number, requests: readonly ProtocolRequest[]): Pick<BatchResult, 'answers' | 'outcome' | 'due'> | undefined {
  const machine = new Machine(staged);
  tryLoaded(() => machine.begin(now));
  const answers = requests.map((request) => tryLoaded(() => machine.apply(request)) ?? ([500, 'No answer'] as const));
  return staged.missing.isNothing ? { answers, outcome: machine.end(), due: machine.due } : undefined;
}

function tryLoaded<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof NotLoaded) return undefined;
    throw error;
  }
}

/** What is not taken here stays due, so that whoever looks next may take it. */
function leave(staged: StagedRecords, outcome: Outcome, now: number, takes: Takes): ReadonlySet<string> {
  const left = new Set<string>();
  const kept = outcome.messages.filter(({ address, message }) => {
    if (message.kind !== 'execute') return true;
    const task = staged.findTask(message.data.task.id);
    if (task?.state !== 'pending' || task.version !== message.data.task.version) return false;
    if (takes(task)) return true;
    staged.setTaskDue(task.id, now);
    left.add(address);
    return false;
  });
  outcome.messages.splice(0, outcome.messages.length, ...kept);
  return left;
}

function onlyLocked(staged: StagedRecords, loaded: LoadedRows): StagedRecords['changes'] {
  const { changes } = staged;
  const others = [...changes.inserted, ...changes.settled, ...changes.tasks].filter(({ id }) => !loaded.isLocked(id));
  if (others.length > 0) throw new OtherTrees(others.map(({ id }) => treeOf(id)));
  return changes;
}

/** What requests are sure to need, so that one question is enough as a rule. */
function wantedBy(requests: readonly ProtocolRequest[]): Wanted {
  const wanted = new Wanted();
  for (const request of requests) add(wanted, request);
  return wanted;
}

function add({ ids, awaited, branches, branchesOf, searches }: Wanted, request: ProtocolRequest): void {
  switch (request.kind) {
    case 'promise.search':
      searches.set(JSON.stringify(request.data), request.data);
      break;
    case 'promise.settle':
      awaited.add(request.data.id);
      ids.add(request.data.id);
      break;
    case 'promise.register_callback':
      ids.add(request.data.awaited).add(request.data.awaiter);
      break;
    case 'promise.register_listener':
      ids.add(request.data.awaited);
      break;
    case 'task.create': {
      const { id, tags } = request.data.action.data;
      ids.add(id);
      branchesOf.add(id);
      if (tags['resonate:branch'] !== undefined) branches.add(tags['resonate:branch']);
      break;
    }
    case 'task.acquire':
      ids.add(request.data.id);
      branchesOf.add(request.data.id);
      break;
    case 'task.suspend':
      ids.add(request.data.id);
      for (const { data } of request.data.actions) ids.add(data.awaited);
      break;
    case 'task.fence':
    case 'task.fulfill': {
      const { id, action } = request.data;
      ids.add(id).add(action.data.id);
      if (action.kind === 'promise.settle') awaited.add(action.data.id);
      break;
    }
    case 'task.heartbeat':
      for (const { id } of request.data.tasks) ids.add(id);
      break;
    default:
      ids.add(request.data.id);
  }
}

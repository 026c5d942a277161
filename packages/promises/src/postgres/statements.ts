/**
 * Every statement of the promises in PostgreSQL. Tables are named without their schema: each connection has it as its
 * search path.
 */
import { createHash } from 'node:crypto';
import type { SearchPromises } from '../machine/messages.ts';
import { treeOf } from '../machine/records.ts';
import type { Wanted } from './loaded-rows.ts';
import type { Changes } from './staged-records.ts';

export const schemaVersion = 1;

/**
 * Instants are epoch milliseconds. `param`, `value` and `tags` are JSON, as text: PostgreSQL keeps no zero character in its
 * own JSON. `tree` is the root of a promise, and what is locked. `task.due_at` is when a lease ends, or when a task is
 * offered again; nothing is due while it is null. `callee` names the function that a task runs, so that a process takes
 * only what it can run.
 */
export const createTables = `
  CREATE TABLE layout (is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only), schema_version integer NOT NULL);
  INSERT INTO layout (schema_version) VALUES (${schemaVersion});
  CREATE TABLE promise (
    position bigint GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" PRIMARY KEY,
    tree text COLLATE "C" NOT NULL,
    origin text COLLATE "C" NOT NULL,
    branch text COLLATE "C",
    state text NOT NULL,
    param text NOT NULL,
    value text NOT NULL,
    tags text NOT NULL,
    timeout_at bigint NOT NULL,
    created_at bigint NOT NULL,
    settled_at bigint
  );
  CREATE INDEX promise_position ON promise (position) WHERE state = 'pending';
  CREATE INDEX promise_due ON promise (timeout_at) WHERE state = 'pending';
  CREATE INDEX promise_due_of_tree ON promise (tree, timeout_at) WHERE state = 'pending';
  CREATE INDEX promise_of_tree ON promise (tree);
  CREATE INDEX promise_of_origin ON promise (origin, position);
  CREATE INDEX promise_of_branch ON promise (branch);
  CREATE INDEX promise_finished_tree ON promise (settled_at) WHERE state <> 'pending' AND id = tree;
  CREATE TABLE task (
    id text COLLATE "C" PRIMARY KEY,
    tree text COLLATE "C" NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    pid text,
    ttl bigint,
    address text COLLATE "C" NOT NULL,
    callee text COLLATE "C",
    resumes text NOT NULL,
    due_at bigint
  ) WITH (fillfactor = 70);
  CREATE INDEX task_due ON task (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX task_due_of_tree ON task (tree, due_at) WHERE due_at IS NOT NULL;
  CREATE TABLE callback (awaited text COLLATE "C", awaiter text COLLATE "C", PRIMARY KEY (awaited, awaiter));
  CREATE INDEX callback_of_awaiter ON callback (awaiter);
  CREATE TABLE listener (awaited text COLLATE "C", address text COLLATE "C", PRIMARY KEY (awaited, address));
`;
export const hasTables = `SELECT to_regclass('layout') IS NOT NULL AS found`;
export const selectSchemaVersion = `SELECT schema_version FROM layout`;
/** One process after the other makes the tables. */
export const lockSetup = `SELECT pg_advisory_xact_lock(hashtextextended('holdfast promises ' || $1, 0))`;

/** The lock of a tree. The same in every process; two trees that share one only wait for each other. */
export function lockKey(schema: string, tree: string): bigint {
  return createHash('sha256').update(`${schema} ${tree}`).digest().readBigInt64BE();
}

/** Where an address hears of something. */
export function channelOf(schema: string, address: string): string {
  return `holdfast_${createHash('sha256').update(`${schema} ${address}`).digest('hex').slice(0, 40)}`;
}

/**
 * Begins a transaction that has these locks, taken in one order by everybody. `isFlushed` is whether the commit has to be on
 * disk before anybody is answered.
 */
export function beginWith(keys: readonly bigint[], isFlushed: boolean): string {
  const locks = keys.toSorted((left, right) => (left < right ? -1 : 1)).map((key) => `pg_advisory_xact_lock(${key})`);
  return `BEGIN; ${isFlushed ? '' : 'SET LOCAL synchronous_commit = off; '}${locks.length > 0 ? `SELECT ${locks.join(', ')}` : ''}`;
}

export const tryLocks = `SELECT tree FROM unnest($1::text[], $2::bigint[]) AS due (tree, key) WHERE pg_try_advisory_xact_lock(key)`;

/** The database's clock, unless a test gives another. */
const nowOr = (given: string): string => `coalesce(${given}::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)`;
const promiseJson = (state = 'state'): string =>
  `json_build_object('position', position, 'id', id, 'state', ${state}, 'param', param, 'value', value, 'tags', tags,
    'timeoutAt', timeout_at, 'createdAt', created_at, 'settledAt', settled_at)`;

/** What was asked for, and what is due in the locked trees, with the instant at which it is read. */
export const load = `
  WITH instant AS MATERIALIZED (SELECT ${nowOr('$6')} AS now),
  due AS MATERIALIZED (SELECT id FROM promise, instant WHERE tree = ANY($1::text[]) AND state = 'pending' AND timeout_at <= now),
  branches AS MATERIALIZED (
    SELECT unnest($4::text[]) AS branch UNION SELECT branch FROM promise WHERE id = ANY($5::text[]) AND branch IS NOT NULL),
  waiting AS MATERIALIZED (SELECT awaited, awaiter FROM callback WHERE awaited IN (SELECT unnest($3::text[]) UNION ALL SELECT id FROM due)),
  ids AS MATERIALIZED (
    SELECT unnest($2::text[] || $3::text[]) AS id
    UNION SELECT id FROM due
    UNION SELECT id FROM task, instant WHERE tree = ANY($1::text[]) AND due_at <= now
    UNION SELECT awaiter FROM waiting
    UNION SELECT id FROM promise WHERE branch IN (SELECT branch FROM branches))
  SELECT (SELECT now FROM instant) AS now, json_build_object(
    'promises', (SELECT json_agg(${promiseJson()}) FROM promise WHERE id IN (SELECT id FROM ids)),
    'tasks', (SELECT json_agg(json_build_object('id', id, 'state', state, 'version', version, 'pid', pid, 'ttl', ttl, 'address', address,
      'callee', callee, 'resumes', resumes, 'dueAt', due_at)) FROM task WHERE id IN (SELECT id FROM ids)),
    'callbacks', (SELECT json_agg(json_build_object('awaited', awaited, 'awaiter', awaiter)) FROM waiting),
    'listeners', (SELECT json_agg(json_build_object('awaited', awaited, 'address', address)) FROM listener
      WHERE awaited IN (SELECT unnest($3::text[]) UNION ALL SELECT id FROM due)),
    'branches', (SELECT json_agg(branch) FROM branches),
    'due', (SELECT json_agg(id) FROM due))::text AS rows`;

export function loadValues(trees: ReadonlySet<string>, { ids, awaited, branches, branchesOf }: Wanted, now: number | null): readonly unknown[] {
  return [[...trees], [...ids, ...branchesOf], [...awaited], [...branches], [...branchesOf], now];
}

/** What a promise of any tree is at this instant, whether or not somebody has noticed that it is due. */
const stateNow = `CASE WHEN state <> 'pending' OR timeout_at > ${nowOr('$6')} THEN state
  WHEN strpos(tags, '"resonate:timer":"true"') > 0 THEN 'resolved' ELSE 'rejected_timedout' END`;

/** Tags are looked for in their text: a quote within a value would have a backslash before it. */
const searchStatement = (condition: string): string => `
  SELECT ${promiseJson(stateNow)}::text AS promise FROM promise
  WHERE position > $1 AND ${condition} AND ($2::text IS NULL OR ${stateNow} = $2) AND ($3::text IS NULL OR origin = $3)
    AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS tag WHERE strpos(tags, tag) = 0)
  ORDER BY position LIMIT $5`;
const searchPending = searchStatement(`state = 'pending'`);
const searchAll = searchStatement('true');

export function searchWith({ state, tags = {}, limit = 100, cursor }: SearchPromises, now: number | null): readonly [statement: string, values: readonly unknown[]] {
  const texts = Object.entries(tags).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return [state === 'pending' ? searchPending : searchAll, [Number(cursor ?? 0), state ?? null, tags['resonate:origin'] ?? null, texts, limit, now]];
}

/** Everything that a batch changed. */
export const write = `
  WITH inserted AS (
    INSERT INTO promise (id, tree, origin, branch, state, param, value, tags, timeout_at, created_at, settled_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])
  ), settled AS (
    UPDATE promise SET state = change.state, value = change.value, settled_at = change.settled_at
    FROM unnest($12::text[], $13::text[], $14::text[], $15::bigint[]) AS change (id, state, value, settled_at) WHERE promise.id = change.id
  ), put AS (
    INSERT INTO task (id, tree, state, version, pid, ttl, address, callee, resumes, due_at)
    SELECT * FROM unnest($16::text[], $17::text[], $18::text[], $19::bigint[], $20::text[], $21::bigint[], $22::text[], $23::text[], $24::text[], $25::bigint[])
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, pid = excluded.pid, ttl = excluded.ttl,
      resumes = excluded.resumes, due_at = excluded.due_at
  ), gone AS (
    DELETE FROM callback WHERE awaited = ANY($26::text[]) OR awaiter = ANY($27::text[])
  ), waiting AS (
    INSERT INTO callback SELECT * FROM unnest($28::text[], $29::text[]) ON CONFLICT DO NOTHING
  ), told AS (
    DELETE FROM listener WHERE awaited = ANY($26::text[])
  )
  INSERT INTO listener SELECT * FROM unnest($30::text[], $31::text[]) ON CONFLICT DO NOTHING`;

/** Null where there is nothing to write. */
export function writeValues(changes: Changes): readonly (readonly unknown[])[] | null {
  const { inserted, settled, tasks, taken, dropped, callbacks, listeners } = changes;
  if ([inserted, settled, tasks, taken, dropped, callbacks, listeners].every(({ length }) => length === 0)) return null;
  return [
    inserted.map(({ id }) => id),
    inserted.map(({ id }) => treeOf(id)),
    inserted.map(({ id, tags }) => tags['resonate:origin'] ?? treeOf(id)),
    inserted.map(({ tags }) => tags['resonate:branch'] ?? null),
    inserted.map(({ state }) => state),
    inserted.map(({ param }) => param),
    inserted.map(({ value }) => value),
    inserted.map(({ tags }) => JSON.stringify(tags)),
    inserted.map(({ timeoutAt }) => timeoutAt),
    inserted.map(({ createdAt }) => createdAt),
    inserted.map(({ settledAt }) => settledAt),
    settled.map(({ id }) => id),
    settled.map(({ state }) => state),
    settled.map(({ value }) => value),
    settled.map(({ settledAt }) => settledAt),
    tasks.map(({ id }) => id),
    tasks.map(({ id }) => treeOf(id)),
    tasks.map(({ state }) => state),
    tasks.map(({ version }) => version),
    tasks.map(({ pid }) => pid),
    tasks.map(({ ttl }) => ttl),
    tasks.map(({ address }) => address),
    tasks.map(({ callee }) => callee),
    tasks.map(({ resumes }) => JSON.stringify(resumes)),
    tasks.map(({ dueAt }) => dueAt),
    taken,
    dropped,
    callbacks.map(([awaited]) => awaited),
    callbacks.map(([, awaiter]) => awaiter),
    listeners.map(([awaited]) => awaited),
    listeners.map(([, address]) => address),
  ];
}

/**
 * Trees in which something happens by itself: a deadline passed, or a task has nobody. A process takes only tasks that are
 * offered to its group and that it can run; `$3` is for how long they have had nobody.
 */
export const selectDue = `
  WITH instant AS MATERIALIZED (SELECT ${nowOr('$5')} AS now)
  (SELECT tree FROM promise, instant WHERE state = 'pending' AND timeout_at <= now ORDER BY timeout_at LIMIT $4)
  UNION
  (SELECT tree FROM task, instant WHERE due_at <= now - $3::bigint AND address = $1 AND (callee IS NULL OR callee = ANY($2::text[]))
    ORDER BY due_at LIMIT $4)`;

/** Null when there is none. */
export const selectNextDeadline = `SELECT min(timeout_at) AS next FROM promise WHERE state = 'pending'`;

export const notify = `SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS message (channel, payload)`;

/** Trees that ended long ago, with nothing pending. */
export const selectFinished = `
  SELECT tree FROM promise AS root WHERE state <> 'pending' AND id = tree AND settled_at < ${nowOr('$3')} - $1::bigint
    AND NOT EXISTS (SELECT FROM promise AS part WHERE part.tree = root.tree AND part.state = 'pending') LIMIT $2`;
/** Looks again, for trees that are locked now: something may have been added before they were. */
export const deleteTrees = `
  WITH trees AS MATERIALIZED (SELECT tree FROM unnest($1::text[]) AS finished (tree)
    WHERE NOT EXISTS (SELECT FROM promise AS part WHERE part.tree = finished.tree AND part.state = 'pending')),
  ids AS MATERIALIZED (SELECT id FROM promise WHERE tree IN (SELECT tree FROM trees)),
  tasks AS (DELETE FROM task WHERE tree IN (SELECT tree FROM trees)),
  callbacks AS (DELETE FROM callback WHERE awaited IN (SELECT id FROM ids)),
  listeners AS (DELETE FROM listener WHERE awaited IN (SELECT id FROM ids))
  DELETE FROM promise WHERE tree IN (SELECT tree FROM trees)`;

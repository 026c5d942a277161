/**
 * Every statement of the PostgreSQL store. Tables are named without their schema: each connection has it as its search path.
 */

export const schemaVersion = 1;

/**
 * `head` is one row: where the log ends, who may write (`epoch`) and which commit was the last one. Every commit moves it
 * from the position that it was decided at, so positions have no gap, and they become visible in their order. A sequence
 * would give neither: it leaves holes, and shows later numbers before earlier ones.
 */
export const createTables = `
  CREATE TABLE head (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    schema_version integer NOT NULL,
    position bigint NOT NULL,
    timestamp_ms bigint NOT NULL,
    hash text NOT NULL,
    epoch bigint NOT NULL,
    commit_id uuid
  ) WITH (fillfactor = 10);

  CREATE TABLE events (
    position bigint PRIMARY KEY,
    task_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    schema_version integer NOT NULL,
    timestamp_ms bigint NOT NULL,
    code_version bigint NOT NULL,
    code_hash text,
    vector_clock json NOT NULL,
    causation_id uuid,
    correlation_id text COLLATE "C",
    data json NOT NULL,
    hash text NOT NULL,
    UNIQUE (task_id, version)
  );
  CREATE INDEX events_by_correlation ON events (correlation_id, position) WHERE correlation_id IS NOT NULL;
  CREATE INDEX events_by_causation ON events (causation_id, position) WHERE causation_id IS NOT NULL;

  CREATE TABLE consumers (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
  );
  CREATE TABLE consumer_states (
    consumer text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    sequence_number bigint NOT NULL,
    state json NOT NULL,
    PRIMARY KEY (consumer, key)
  );

  CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'events are immutable'; END $$;
  CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();

  -- The greatest version of a task up to a position. Versions rise with positions, so it is found by halving.
  CREATE FUNCTION version_at(task text, last_position bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
    DECLARE
      low bigint := 0;
      high bigint := coalesce((SELECT version FROM events WHERE task_id = task ORDER BY version DESC LIMIT 1), 0);
      middle bigint;
    BEGIN
      WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT position FROM events WHERE task_id = task AND version = middle) <= last_position THEN low := middle;
        ELSE high := middle - 1; END IF;
      END LOOP;
      RETURN low;
    END $$;

  -- The last position up to an instant. Timestamps do not fall as positions rise, so it is found by halving.
  CREATE FUNCTION position_at(instant_ms double precision) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
    DECLARE
      low bigint := 0;
      high bigint := coalesce((SELECT position FROM events ORDER BY position DESC LIMIT 1), 0);
      middle bigint;
    BEGIN
      WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT timestamp_ms FROM events WHERE position = middle) <= instant_ms THEN low := middle;
        ELSE high := middle - 1; END IF;
      END LOOP;
      RETURN low;
    END $$;
`;
export const insertHead = `INSERT INTO head (schema_version, position, timestamp_ms, hash, epoch) VALUES ($1, 0, 0, $2, 0)`;
export const selectSchemaVersion = `SELECT schema_version FROM head`;
export const hasTables = `SELECT to_regclass('head') IS NOT NULL AS found`;

/** Held by one connection at a time, until it ends. The server takes it back itself when the connection dies. */
export const tryLease = `SELECT pg_try_advisory_lock(hashtextextended('holdfast event store ' || current_schema(), 0)) AS held`;
/** One process after the other makes the tables. */
export const lockSetup = `SELECT pg_advisory_xact_lock(hashtextextended('holdfast event store setup ' || $1::text, 0))`;
export const nextEpoch = `UPDATE head SET epoch = epoch + 1 RETURNING position, timestamp_ms, hash, epoch, commit_id`;
export const selectHead = `SELECT position, timestamp_ms, hash, epoch, commit_id FROM head`;
export const lockHead = `${selectHead} FOR UPDATE`;

/** Which backend serves a connection, so that what is left of it can be ended after the connection broke. */
export const selectBackend = `SELECT pid, backend_start::text AS since FROM pg_stat_activity WHERE pid = pg_backend_pid()`;
export const endBackend = `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz`;

/**
 * The commit of a batch in one round trip: moves the head if it still is where the batch was decided, writes the events
 * if it was moved, and wakes who listens. Gives how often the head was moved: once, or never for a writer that was fenced.
 */
export const commitBatch = `
  WITH moved AS (
    UPDATE head SET position = $3::bigint, timestamp_ms = $4::bigint, hash = $5::text, commit_id = $6::uuid
    WHERE position = $1::bigint AND epoch = $2::bigint
    RETURNING pg_notify($7::text, position || ' ' || timestamp_ms)
  ), written AS (
    INSERT INTO events (position, task_id, version, event_id, type, schema_version, timestamp_ms, code_version, code_hash,
      vector_clock, causation_id, correlation_id, data, hash)
    SELECT $1::bigint + n, task_id, version, event_id, type, schema_version, event_timestamp_ms, code_version, code_hash,
      vector_clock, causation_id, correlation_id, data, event_hash
    FROM moved, unnest($8::text[], $9::bigint[], $10::uuid[], $11::text[], $12::integer[], $13::bigint[], $14::bigint[],
      $15::text[], $16::json[], $17::uuid[], $18::text[], $19::json[], $20::text[])
      WITH ORDINALITY AS rows (task_id, version, event_id, type, schema_version, event_timestamp_ms, code_version, code_hash,
        vector_clock, causation_id, correlation_id, data, event_hash, n)
  )
  SELECT count(*) AS moved FROM moved`;

const eventColumns = `position, task_id, version, event_id, type, schema_version, timestamp_ms, code_version, code_hash,
  vector_clock, causation_id, correlation_id, data, hash`;

/** Events by conditions that the caller joins; see `reader.ts`. */
export const selectEvents = `SELECT ${eventColumns} FROM events`;
export const selectByIds = `${selectEvents} WHERE event_id = ANY($1::uuid[])`;
export const selectStreamAfter = `${selectEvents} WHERE task_id = $1 AND version > $2 ORDER BY version`;
export const selectHashes = `SELECT position, hash FROM events WHERE position = ANY($1::bigint[])`;
export const selectVersions = `
  SELECT task_id, coalesce((SELECT version FROM events WHERE events.task_id = wanted.task_id ORDER BY version DESC LIMIT 1), 0) AS version
  FROM unnest($1::text[]) AS wanted (task_id)`;

const selectStreams = `
  SELECT first.task_id, last.version, first.position AS first_position, last.position AS last_position
  FROM events AS first
  CROSS JOIN LATERAL (SELECT version, position FROM events WHERE task_id = first.task_id ORDER BY version DESC LIMIT 1) AS last
  WHERE first.version = 1`;
export const selectAllStreams = `${selectStreams} ORDER BY first.position`;
export const selectStream = `${selectStreams} AND first.task_id = $1`;

export const selectConsumers = `SELECT name, position FROM consumers WHERE name = ANY($1::text[])`;
export const selectStates = `SELECT consumer, key, sequence_number, state FROM consumer_states
  WHERE (consumer, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;
export const selectAllStates = `SELECT consumer, key, sequence_number, state FROM consumer_states WHERE consumer = $1`;
export const saveConsumer = `
  INSERT INTO consumers (name, position) VALUES ($1, coalesce($2::bigint, 0))
  ON CONFLICT (name) DO UPDATE SET position = coalesce($2::bigint, consumers.position)`;
export const saveStates = `
  INSERT INTO consumer_states (consumer, key, sequence_number, state)
  SELECT $1, key, sequence_number, state FROM unnest($2::text[], $3::bigint[], $4::json[]) AS rows (key, sequence_number, state)
  ON CONFLICT (consumer, key) DO UPDATE SET sequence_number = excluded.sequence_number, state = excluded.state`;
export const removeConsumer = `DELETE FROM consumers WHERE name = $1`;
export const removeStates = `DELETE FROM consumer_states WHERE consumer = $1`;
export const renameConsumer = `UPDATE consumers SET name = $1 WHERE name = $2`;
export const renameStates = `UPDATE consumer_states SET consumer = $1 WHERE consumer = $2`;

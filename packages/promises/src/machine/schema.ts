import type { FileLayout } from '../store/sqlite/open-database.ts';

/**
 * Instants are epoch milliseconds. `param`, `value` and `tags` are JSON; a long one stands in `large`, so that rows stay
 * short. `task.due_at` is when a lease ends, or when a task is offered again; nothing is due while it is null.
 */
export const machineLayout: FileLayout = {
  what: 'file of durable functions',
  applicationId: 0x48464446, // "HFDF"
  version: 1,
  schema: `
    CREATE TABLE promise (
      position INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      origin TEXT NOT NULL,
      branch TEXT,
      state TEXT NOT NULL,
      param TEXT NOT NULL,
      value TEXT NOT NULL,
      tags TEXT NOT NULL,
      timeout_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      settled_at INTEGER
    ) STRICT;
    CREATE INDEX promise_due ON promise (timeout_at) WHERE state = 'pending';
    CREATE INDEX promise_branch ON promise (branch);
    CREATE INDEX promise_origin ON promise (origin);
    CREATE INDEX promise_finished_tree ON promise (settled_at) WHERE state <> 'pending' AND id = origin;
    CREATE TABLE large (promise TEXT NOT NULL, field TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (promise, field)) STRICT;
    CREATE TABLE task (
      id TEXT PRIMARY KEY,
      state TEXT NOT NULL,
      version INTEGER NOT NULL,
      pid TEXT,
      ttl INTEGER,
      address TEXT NOT NULL,
      resumes TEXT NOT NULL DEFAULT '[]',
      due_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX task_held ON task (pid) WHERE state = 'acquired';
    CREATE INDEX task_due ON task (due_at) WHERE due_at IS NOT NULL;
    CREATE TABLE callback (awaited TEXT NOT NULL, awaiter TEXT NOT NULL, PRIMARY KEY (awaited, awaiter)) STRICT, WITHOUT ROWID;
    CREATE INDEX callback_awaiter ON callback (awaiter);
    CREATE TABLE clock (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL) STRICT;
    INSERT INTO clock VALUES (1, 0);
  `,
};

import type { FileLayout } from './open-database.ts';

/** Instants are epoch milliseconds, so that they sort and compare as numbers; `data`, `value` and `error` are JSON. */
export const promiseStoreLayout: FileLayout = {
  what: 'promise store',
  applicationId: 0x48465052, // "HFPR"
  version: 1,
  schema: `
    CREATE TABLE promise (
      position INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      data TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      deadline INTEGER,
      state TEXT NOT NULL CHECK (state IN ('pending', 'resolved', 'rejected', 'cancelled', 'timedout')),
      settled_at INTEGER,
      value TEXT,
      error TEXT,
      CHECK ((state = 'pending') = (settled_at IS NULL)),
      CHECK ((state = 'resolved') = (value IS NOT NULL)),
      CHECK ((state IN ('rejected', 'cancelled', 'timedout')) = (error IS NOT NULL))
    ) STRICT;
    CREATE INDEX promise_pending ON promise (position) WHERE state = 'pending';
    CREATE INDEX promise_deadline ON promise (deadline) WHERE state = 'pending' AND deadline IS NOT NULL;
  `,
};

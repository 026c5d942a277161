/**
 * One database, one writer.
 *
 * The lock is an open exclusive transaction on an empty database beside the real one. The operating system ends it
 * with the process, however that dies, and readers of the real file are not kept out. Rejected: a file with a process
 * id (stale after `kill -9`, wrong after the id is used again), and `locking_mode=EXCLUSIVE` on the real file, which
 * does without shared memory and so corrupts the database when its lock is lost, as POSIX locks are when anything else
 * in the process opens and closes the file. Should this lock be lost, the fence of the positions still holds.
 */
import { DatabaseSync } from 'node:sqlite';
import { fromSqlite } from './failure.ts';

export interface WriterLock {
  release(): void;
}

/**
 * @param path - of the database, with links resolved, so that two names of one file meet at one lock
 * @throws HOLDFAST_EVENT_STORE_LOCKED
 */
export function acquireWriterLock(path: string): WriterLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(`${path}-lock`, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    throw fromSqlite(cause, path);
  }
  const held = database;
  return { release: () => held.close() };
}

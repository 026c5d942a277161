import { errorFactory, isHoldfastError, type ErrorTable, type HoldfastError } from '@holdfast/protocol';

/** Every error that `@holdfast/event-store` throws. */
export const errorTable = {
  HOLDFAST_EVENT_STORE_INVALID_EVENT: {
    meaning: 'An event lacks a field, has one of the wrong type, carries data that JSON cannot say, or comes from the future.',
    mend: 'Correct the field that the message names',
  },
  HOLDFAST_EVENT_STORE_EVENT_TOO_LARGE: {
    meaning: 'The data of an event needs more bytes than the store accepts. Nothing of the append is kept.',
    mend: 'Store the large part elsewhere and put a reference into the event, or raise maxEventBytes',
  },
  HOLDFAST_EVENT_STORE_INVALID_ARGUMENT: {
    meaning: 'A task id, a query or an option has a value that means nothing.',
    mend: 'Correct the value that the message names',
  },
  HOLDFAST_EVENT_STORE_CONFLICT: {
    meaning: 'The stream is at another version than the append expected. Nothing of the append is kept.',
    mend: 'Read what was appended meanwhile, decide again and append with the new version',
  },
  HOLDFAST_EVENT_STORE_DUPLICATE_EVENT: {
    meaning: 'An event id of an append stands for another event already, or twice in the append. Nothing of the append is kept.',
    mend: 'Give each event an id of its own, and repeat an append only as a whole and as it was',
  },
  HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT: {
    meaning: 'A consumer stands at another place than it expected: somebody else runs under the same name. Nothing was saved.',
    mend: 'Let one run under each name, or read its position and states again',
  },
  HOLDFAST_EVENT_STORE_PROJECTION_FAILED: {
    meaning: 'A projection threw, so the append that it is inline with was refused, or its run has stopped.',
    mend: 'Look at the cause, correct the projection and rebuild it',
  },
  HOLDFAST_EVENT_STORE_CANNOT_UPCAST: {
    meaning: 'An event was written in a newer schema than this program knows, or one of its upcasters threw.',
    mend: 'Update the program, or correct the upcasters of this event type',
  },
  HOLDFAST_EVENT_STORE_CHAIN_BROKEN: {
    meaning: 'The hash of an event does not fit: it, or an event before it, is not what was appended.',
    mend: 'Restore the store from a backup or an export',
  },
  HOLDFAST_EVENT_STORE_BAD_EXPORT: {
    meaning: 'What should be imported is no export of events, is damaged, or is cut off. Everything before the line is kept.',
    mend: 'Export again and import the whole; events that are there already are passed over',
  },
  HOLDFAST_EVENT_STORE_EXPORT_FAILED: {
    meaning: 'The file of an export cannot be written or read. No half-written file is left.',
    mend: 'Look at the code of the operating system in the message: the path, the rights, the room on the disk',
  },
  HOLDFAST_EVENT_STORE_DUPLICATE_SEQUENCE: {
    meaning: 'Two events of one history carry the same sequence number.',
    mend: 'Project the events of one store only, each once',
  },
  HOLDFAST_EVENT_STORE_CLOSED: {
    meaning: 'The store was used after it was closed.',
    mend: 'Open the store again',
  },
  HOLDFAST_EVENT_STORE_LOCKED: {
    meaning: 'Another writer has this database open. One database has one writer.',
    mend: 'Stop the other process, or use another path',
    retriable: true,
  },
  HOLDFAST_EVENT_STORE_FENCED: {
    meaning: 'Somebody else wrote to the database behind the back of this store. Nothing of the append is kept.',
    mend: 'Find the other writer; the next append reads the database anew',
    retriable: true,
  },
  HOLDFAST_EVENT_STORE_CANNOT_OPEN: {
    meaning: 'The database file cannot be opened or created: its folder is missing or not writable, or the path is a folder.',
    mend: 'Make the folder first and give this user the right to write in it',
  },
  HOLDFAST_EVENT_STORE_READ_ONLY: {
    meaning: 'The database file cannot be written by this user.',
    mend: 'Give this user the right to write the file and its folder',
  },
  HOLDFAST_EVENT_STORE_UNREACHABLE: {
    meaning: 'The database server does not answer. Where the message says that it cannot tell, an append may have been kept.',
    mend: 'Start the server or mend the way to it; append again with the same event ids, which stores nothing twice',
    retriable: true,
  },
  HOLDFAST_EVENT_STORE_DISK_FULL: {
    meaning: 'The disk, or the limit given as maxBytes, has no room for the append. What was acknowledged is intact.',
    mend: 'Make room and append again',
    retriable: true,
  },
  HOLDFAST_EVENT_STORE_IO_FAILED: {
    meaning: 'The operating system failed to read or write the database file.',
    mend: 'Look at the cause and at the health of the disk',
  },
  HOLDFAST_EVENT_STORE_CORRUPT: {
    meaning: 'The file is not a database, or a part of it cannot be read.',
    mend: 'Restore the file from a backup',
  },
  HOLDFAST_EVENT_STORE_FOREIGN_DATABASE: {
    meaning: 'The file is a SQLite database, but not one of this store. It was left as it is.',
    mend: 'Use another path',
  },
  HOLDFAST_EVENT_STORE_NEWER_DATABASE: {
    meaning: 'The database was written by a newer version of this package. It was left as it is.',
    mend: 'Install the newer version of @holdfast/event-store',
  },
  HOLDFAST_EVENT_STORE_OLDER_DATABASE: {
    meaning: 'The database was written by an older version of this package, and whoever only reads it cannot bring it up to date.',
    mend: 'Open it once to write, with openSqliteEventStore or a server, and read it again',
  },
  HOLDFAST_EVENT_STORE_SQLITE_TOO_OLD: {
    meaning: 'This Node.js brings a SQLite that can lose committed transactions in WAL mode.',
    mend: 'Use a Node.js that brings SQLite 3.51.3 or newer',
  },
} as const satisfies ErrorTable;

export const eventStoreError = errorFactory(errorTable);

/** An append that expected another version of its stream. */
export type VersionConflict = HoldfastError & {
  readonly code: 'HOLDFAST_EVENT_STORE_CONFLICT';
  readonly data: { readonly taskId: string; readonly expected: number | 'exists'; readonly actual: number };
};

/** Tells whether an append failed because its stream had moved on, so that the caller can decide again. */
export function isVersionConflict(error: unknown): error is VersionConflict {
  return isHoldfastError(error, 'HOLDFAST_EVENT_STORE_CONFLICT');
}

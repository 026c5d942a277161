import { errorFactory, type ErrorTable } from '@holdfast/protocol';

/** Every error that `@holdfast/promises` throws. */
export const errorTable = {
  HOLDFAST_PROMISES_DUPLICATE: {
    meaning: 'A promise of this id exists, and its kind or its data are not the same.',
    mend: 'Use a new id, or create it with the kind and the data it already has',
  },
  HOLDFAST_PROMISES_NOT_FOUND: {
    meaning: 'No promise of this id is known to the store.',
    mend: 'Create the promise before somebody reads it or waits for it',
  },
  HOLDFAST_PROMISES_TIMEOUT: {
    meaning: 'The deadline of a promise passed before somebody settled it. A later answer is ignored.',
    mend: 'Ask again under a new id, or give a longer timeoutMs',
  },
  HOLDFAST_PROMISES_REJECTED: {
    meaning: 'Somebody answered a promise with an error. That error is the `cause`, and `data.error` as JSON.',
    mend: 'Look at the cause; it comes from whoever settled the promise',
  },
  HOLDFAST_PROMISES_CANCELLED: {
    meaning: 'A promise was cancelled before somebody settled it.',
    mend: 'Nothing to mend; whoever cancelled it says why in `data.error`',
  },
  HOLDFAST_PROMISES_CLOSED: {
    meaning: 'A promise store was used, or waited on, after it was closed. Durable promises stay pending on disk.',
    mend: 'Open the store again and wait again',
  },
  HOLDFAST_PROMISES_NOT_JSON: {
    meaning: 'The data, the value or the error of a promise cannot be said in JSON.',
    mend: 'Send strings, finite numbers, booleans, null, arrays and plain objects',
  },
  HOLDFAST_PROMISES_UNEXPECTED_VALUE: {
    meaning: 'An external promise was resolved with a value that its schema refuses.',
    mend: 'Ask again, and tell whoever answers what the value must look like',
  },
  HOLDFAST_PROMISES_INVALID_ID: {
    meaning: 'The id or the kind of a promise has half a surrogate pair in it, which no file can keep.',
    mend: 'Use well-formed text',
  },
  HOLDFAST_PROMISES_STORE_LOCKED: {
    meaning: 'Another process, or another store of this process, has the promise file open.',
    mend: 'Close the other one; a promise file has one owner',
    retriable: true,
  },
  HOLDFAST_PROMISES_STORE_FOREIGN: {
    meaning: 'The file exists and is no promise store. It was not changed.',
    mend: 'Give another path',
  },
  HOLDFAST_PROMISES_STORE_NEWER: {
    meaning: 'A newer version of @holdfast/promises wrote the file. It was not changed.',
    mend: 'Upgrade @holdfast/promises',
  },
  HOLDFAST_PROMISES_STORE_FAILED: {
    meaning: 'SQLite could not read or write the promise file.',
    mend: 'Look at the cause, and at the free space and the permissions of the folder',
  },
} as const satisfies ErrorTable;

export const promisesError = errorFactory(errorTable);

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
  HOLDFAST_PROMISES_NOT_ENCODABLE: {
    meaning: 'An input, a result or a step of a durable function has a value in it that cannot be kept: a function, a class instance, a cycle.',
    mend: 'Give JSON values, dates, maps, sets, bigints, bytes or errors',
  },
  HOLDFAST_PROMISES_NOT_DECODABLE: {
    meaning: 'What is kept for a promise was not written by this package.',
    mend: 'Settle it through this package, or write values in its form',
  },
  HOLDFAST_PROMISES_VALUE_TOO_LARGE: {
    meaning: 'An input, a result or a step of a durable function is larger than the limit.',
    mend: 'Keep it in a file or a store of its own, and let the function return where it is',
  },
  HOLDFAST_PROMISES_INTERRUPTED: {
    meaning: 'Work that may be done at most once was under way when its process ended. Nobody knows how far it had come.',
    mend: 'Look at what the work does and decide; it is not repeated',
  },
  HOLDFAST_PROMISES_CODE_CHANGED: {
    meaning: 'A durable function made another call than the one that was recorded at this place by an earlier pass.',
    mend: 'Give the changed function a new version, and define the old one as long as runs of it are unfinished',
  },
  HOLDFAST_PROMISES_POISONED: {
    meaning: 'A run failed outside of its own code too often, so it was given up. The last failure is the `cause`.',
    mend: 'Look at the cause, and start a new run under another id',
  },
  HOLDFAST_PROMISES_LEASE_LOST: {
    meaning: 'Another process took over a run, because this one did not answer in time. What this one does is no longer recorded.',
    mend: 'Nothing to mend; the other process goes on',
  },
  HOLDFAST_PROMISES_FUNCTION_TAKEN: {
    meaning: 'A durable function of this name and version is already defined.',
    mend: 'Use another name, or another version',
  },
  HOLDFAST_PROMISES_NOT_DEFINED: {
    meaning: 'A durable function was started that is not defined here.',
    mend: 'Define it with the same promises first',
  },
  HOLDFAST_PROMISES_INVALID_INPUT: {
    meaning: 'The input of a durable function, or of a capability, is refused by its schema.',
    mend: 'Look at the cause for the field, and call again',
  },
  HOLDFAST_PROMISES_UNEXPECTED_RESULT: {
    meaning: 'The result of a durable function, or of a capability, is refused by its schema.',
    mend: 'Look at the cause; the function and its schema disagree',
  },
  HOLDFAST_PROMISES_INVALID_SCHEDULE: {
    meaning: 'A schedule has a cron expression or a time zone that cannot be one.',
    mend: 'Give five fields, as in `0 3 * * 1-5`, and a time zone of the IANA list, as in `Europe/Berlin`',
  },
  HOLDFAST_PROMISES_BRIDGE_CLOSED: {
    meaning: 'A request was open, or was made, when the bridge between messages and promises was closed.',
    mend: 'Ask again through a new bridge',
  },
  HOLDFAST_PROMISES_CAPABILITY_TAKEN: {
    meaning: 'A capability of this name is already registered.',
    mend: 'Use another name',
  },
  HOLDFAST_PROMISES_CAPABILITY_UNKNOWN: {
    meaning: 'User code asked for a capability that the host does not know.',
    mend: 'Register it, or use one that is offered',
  },
  HOLDFAST_PROMISES_CAPABILITY_DENIED: {
    meaning: 'User code asked for a capability that its session is not granted.',
    mend: 'Grant the permission to the session, if its code may have it',
  },
  HOLDFAST_PROMISES_UNAVAILABLE: {
    meaning: 'The server that keeps the promises cannot be reached, or failed.',
    mend: 'Check the address and the server; what is pending is not lost',
    retriable: true,
  },
  HOLDFAST_PROMISES_UNAUTHORIZED: {
    meaning: 'The server that keeps the promises refused the token, or the user.',
    mend: 'Give the right token; a user of a database needs the right to its schema',
  },
  HOLDFAST_PROMISES_INCOMPATIBLE: {
    meaning: 'The server that keeps the promises does not do what this version needs. `data.check` names what failed.',
    mend: 'Use a server version that the documentation names',
  },
  HOLDFAST_PROMISES_PROTOCOL: {
    meaning: 'The server that keeps the promises refused a request that should be right.',
    mend: 'Report it with the request in `data`',
  },
  HOLDFAST_PROMISES_STORE_LOCKED: {
    meaning: 'Another process, or another store of this process, has the promise file open.',
    mend: 'Close the other one; a promise file has one owner',
    retriable: true,
  },
  HOLDFAST_PROMISES_STORE_FOREIGN: {
    meaning: 'The file, or the schema of the database, exists and is no promise store. It was not changed.',
    mend: 'Give another path, or another schema',
  },
  HOLDFAST_PROMISES_STORE_NEWER: {
    meaning: 'A newer version of @holdfast/promises wrote the file or the schema. It was not changed.',
    mend: 'Upgrade @holdfast/promises',
  },
  HOLDFAST_PROMISES_STORE_FAILED: {
    meaning: 'SQLite or PostgreSQL could not read or write the promises.',
    mend: 'Look at the cause: free space, permissions, or a driver that is not installed',
  },
} as const satisfies ErrorTable;

export const promisesError = errorFactory(errorTable);

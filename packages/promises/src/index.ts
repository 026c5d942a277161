/**
 * Promises that somebody else settles, kept by a store. This entry runs anywhere; the store that outlives its process
 * stands behind `@holdfast/promises/sqlite`.
 *
 * @module
 */
export { createExternalPromise, type AnswerSchema, type ExternalPromise, type ExternalPromiseOptions } from './external.ts';

export { type CreatePromiseInput, type PromiseStore, type PromiseStoreTime, type WaitOptions } from './store/promise-store.ts';
export { type PendingPromise, type PromiseRecord, type PromiseState, type SettledPromise, type Settlement } from './store/promise-record.ts';
export { createMemoryPromiseStore, type MemoryPromiseStoreOptions } from './store/memory.ts';

export { type FailureInput, type PromiseFailure } from './failure.ts';

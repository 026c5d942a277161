/**
 * The cache that survives tasks, in one SQLite file. For Node.
 *
 * @module
 */
export { openOfflineCache, type OfflineCache, type OfflineCacheOptions, type SearchHit, type SearchOptions, type Solution } from './offline/offline-cache.ts';
export { type EmbeddingPort } from './offline/embedding.ts';

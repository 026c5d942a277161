/**
 * The durable event store of more than one machine, on PostgreSQL. Install the driver `pg` beside this package.
 *
 * @module
 */
export { openPostgresEventStore, type PostgresEventStoreOptions } from './store/postgres/open.ts';

/**
 * The contract of the event store port, free of any test runner.
 *
 * @module
 */
export { eventStoreContract, type OpenEventStore } from './event-store-contract.ts';

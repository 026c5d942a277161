/**
 * The contract of the event store port, and examples of decisions and projections; free of any test runner.
 *
 * @module
 */
export { eventStoreContract, type OpenEventStore } from './event-store-contract.ts';
export { given, type ExpectedEvent, type Given, type Outcome } from './scenario.ts';

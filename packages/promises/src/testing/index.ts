/**
 * The contract suite for promise stores, free of any test runner, and the time it runs on.
 *
 * @module
 */
export { createFakeTime, type FakeTime } from './fake-time.ts';
export { durableScenarios, scenarioLeaseMs, type DurableScenario } from './durable-scenarios.ts';
export { promiseStoreContract, type OpenPromiseStore } from './promise-store-contract.ts';

/**
 * Contract suites for the ports of `@holdfast/protocol`, free of any test runner.
 *
 * @module
 */
export { type ContractCase } from './contract-case.ts';
export { transportContract, type OpenTransports } from './transport-contract.ts';

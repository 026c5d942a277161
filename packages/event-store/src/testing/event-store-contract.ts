import type { ContractCase } from '@holdfast/protocol/testing';
import { appendLaws } from './append-laws.ts';
import type { OpenEventStore } from './kit.ts';
import { readLaws } from './read-laws.ts';
import { subscribeLaws } from './subscribe-laws.ts';

export { type OpenEventStore } from './kit.ts';

/** What every event store must do. Run each case with any test runner. */
export const eventStoreContract: readonly ContractCase<OpenEventStore>[] = [...appendLaws, ...readLaws, ...subscribeLaws];

import type { ContractCase } from '@holdfast/protocol/testing';
import { appendLaws } from './append-laws.ts';
import { consumerLaws } from './consumer-laws.ts';
import { executeLaws } from './execute-laws.ts';
import { inlineLaws } from './inline-laws.ts';
import type { OpenEventStore } from './kit.ts';
import { manyLaws } from './many-laws.ts';
import { readLaws } from './read-laws.ts';
import { recordLaws } from './record-laws.ts';
import { repeatLaws } from './repeat-laws.ts';
import { subscribeLaws } from './subscribe-laws.ts';

export { type OpenEventStore } from './kit.ts';

/** What every event store must do. Run each case with any test runner. */
export const eventStoreContract: readonly ContractCase<OpenEventStore>[] = [
  ...appendLaws,
  ...manyLaws,
  ...repeatLaws,
  ...executeLaws,
  ...readLaws,
  ...subscribeLaws,
  ...consumerLaws,
  ...inlineLaws,
  ...recordLaws,
];

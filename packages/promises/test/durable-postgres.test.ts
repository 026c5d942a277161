import { openPromises } from '@holdfast/promises/durable';
import { durableScenarios, promiseStoreContract, scenarioLeaseMs } from '@holdfast/promises/testing';
import { describe, expect, test } from 'vitest';
import { compareWithPostgres } from '../fuzz/compare-postgres.ts';
import { freshSchema, postgres } from './postgres.ts';
import { storeOf } from './store-of.ts';

describe.skipIf(postgres.isMissing)(`PR-31 PR-32 PR-36 durable functions in PostgreSQL${postgres.note}`, () => {
  test.each(durableScenarios)('$name', async (scenario) => {
    await using promises = await openPromises({ mode: 'remote', url: postgres.url, schema: freshSchema(), leaseMs: scenarioLeaseMs });
    const lines: string[] = [];

    await scenario.run(promises, (line) => lines.push(line));

    expect(lines).toEqual(scenario.expected);
  });
});

describe.skipIf(postgres.isMissing)(`PR-03 promise store: durable, in PostgreSQL${postgres.note}`, () => {
  test.each(promiseStoreContract)('$name', async (law) => {
    await expect(law.run(async (time) => storeOf(await openPromises({ ...time, mode: 'remote', url: postgres.url, schema: freshSchema() })))).resolves.toBeUndefined();
  });
});

test.skipIf(postgres.isMissing)(`PR-32 the machine does the same in PostgreSQL as in SQLite${postgres.note}`, async () => {
  const { compared, differences } = await compareWithPostgres(postgres.url, 1500, 1);

  expect(differences).toEqual([]);
  expect(compared).toBe(1500);
});

import { readFile } from 'node:fs/promises';
import { openPromises } from '@holdfast/promises/durable';
import { durableScenarios, promiseStoreContract, scenarioLeaseMs } from '@holdfast/promises/testing';
import { Client } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
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

/** The file `resonate.sql` of resonate-pg, where it is at hand; it is not ours to bring along. */
const resonateSql = process.env['RESONATE_PG_SQL'];

describe.skipIf(postgres.isMissing || resonateSql === undefined)('PR-32 durable functions in resonate-pg, from the file of RESONATE_PG_SQL', () => {
  beforeAll(async () => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(await readFile(resonateSql ?? '', 'utf8'));
    await client.end();
  });

  test.each(durableScenarios)('$name', async (scenario) => {
    await using promises = await openPromises({ mode: 'remote', url: postgres.url, schema: 'resonate', group: crypto.randomUUID(), leaseMs: scenarioLeaseMs });
    const lines: string[] = [];

    await scenario.run(promises, (line) => lines.push(line));

    expect(lines).toEqual(scenario.expected);
  });
});

test.skipIf(postgres.isMissing || resonateSql !== undefined)(`resonate-pg that is not installed is said to be missing${postgres.note}`, async () => {
  await expect(openPromises({ mode: 'remote', url: postgres.url, schema: 'resonate' })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_FAILED' });
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

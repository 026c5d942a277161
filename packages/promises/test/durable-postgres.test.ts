import { openPromises } from '@holdfast/promises/durable';
import { durableScenarios, scenarioLeaseMs } from '@holdfast/promises/testing';
import { describe, expect, test } from 'vitest';
import { freshSchema, postgres } from './postgres.ts';

describe.skipIf(postgres.isMissing)(`PR-31 PR-32 PR-36 durable functions in PostgreSQL${postgres.note}`, () => {
  test.each(durableScenarios)('$name', async (scenario) => {
    await using promises = await openPromises({ mode: 'remote', url: postgres.url, schema: freshSchema(), leaseMs: scenarioLeaseMs });
    const lines: string[] = [];

    await scenario.run(promises, (line) => lines.push(line));

    expect(lines).toEqual(scenario.expected);
  });
});

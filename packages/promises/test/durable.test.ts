import { openPromises, type Promises } from '@holdfast/promises/durable';
import { durableScenarios, scenarioLeaseMs } from '@holdfast/promises/testing';
import { describe, expect, test } from 'vitest';
import { freshPath } from './folder.ts';

const backends: { backend: string; open: () => Promise<Promises> }[] = [
  { backend: 'memory', open: async () => openPromises({ mode: 'memory', leaseMs: scenarioLeaseMs }) },
  { backend: 'a file', open: async () => openPromises({ mode: 'local', path: await freshPath(), durability: 'process', leaseMs: scenarioLeaseMs }) },
];

describe.each(backends)('PR-31 PR-32 PR-36 durable functions in $backend', ({ open }) => {
  test.each(durableScenarios)('$name', async (scenario) => {
    await using promises = await open();
    const lines: string[] = [];

    await scenario.run(promises, (line) => lines.push(line));

    expect(lines).toEqual(scenario.expected);
  });
});

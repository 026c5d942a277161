import { openPromises, servePromises, type Promises } from '@holdfast/promises/durable';
import { durableScenarios, scenarioLeaseMs } from '@holdfast/promises/testing';
import { describe, expect, test } from 'vitest';
import { freshPath } from './folder.ts';

const backends: { backend: string; open: () => Promise<Promises> }[] = [
  { backend: 'memory', open: async () => openPromises({ mode: 'memory', leaseMs: scenarioLeaseMs }) },
  { backend: 'a file', open: async () => openPromises({ mode: 'local', path: await freshPath(), durability: 'process', leaseMs: scenarioLeaseMs }) },
  { backend: 'a server', open: async () => openAtServer() },
];

/** A server of its own for each test, which ends with the promises. */
async function openAtServer(): Promise<Promises> {
  const server = await servePromises({ path: await freshPath(), durability: 'process', token: 'secret' });
  const promises = await openPromises({ mode: 'remote', url: server.url, token: 'secret', leaseMs: scenarioLeaseMs });
  const close = promises.close.bind(promises);
  return Object.assign(promises, {
    [Symbol.asyncDispose]: async () => {
      await close();
      await server.close();
    },
  });
}

describe.each(backends)('PR-31 PR-32 PR-36 durable functions in $backend', ({ open }) => {
  test.each(durableScenarios)('$name', async (scenario) => {
    await using promises = await open();
    const lines: string[] = [];

    await scenario.run(promises, (line) => lines.push(line));

    expect(lines).toEqual(scenario.expected);
  });
});

/** A server of Resonate's own, where there is one; otherwise the tests are reported as skipped. */
const realServer = process.env['RESONATE_URL'];

describe.skipIf(realServer === undefined)('PR-32 durable functions at the server of RESONATE_URL', () => {
  test.each(durableScenarios)('$name', async (scenario) => {
    await using promises = await openPromises({ mode: 'remote', url: realServer ?? '', group: crypto.randomUUID() });
    const lines: string[] = [];

    await scenario.run(promises, (line) => lines.push(line));

    expect(lines).toEqual(scenario.expected);
  });
});

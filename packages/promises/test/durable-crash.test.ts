import { expect, test } from 'vitest';
import { crashRound } from '../soak/crash-round.ts';
import { freshSchema, postgres } from './postgres.ts';

test.each(['process', 'power'] as const)('PR-34 with durability "%s" killing the process loses nothing and repeats no work at most once', async (durability) => {
  const instants = [0.1, 0.9, 0.5];

  const { kills, faults } = await crashRound({ kills: instants.length, random: () => instants.shift() ?? 0, durability });

  expect(faults).toEqual([]);
  expect(kills).toBe(3);
});

test.skipIf(postgres.isMissing)(`PR-34 of two processes that share a database one is killed, and the other goes on${postgres.note}`, async () => {
  const instants = [0.25, 0.1, 0.05];

  const { kills, faults } = await crashRound({ kills: instants.length, random: () => instants.shift() ?? 0, durability: 'power', postgres: { url: postgres.url, schema: freshSchema() } });

  expect(faults).toEqual([]);
  expect(kills).toBe(3);
});

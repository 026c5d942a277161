import { expect, test } from 'vitest';
import { crashRound } from '../soak/crash-round.ts';

test.each(['process', 'power'] as const)('PR-34 with durability "%s" killing the process loses nothing and repeats no work at most once', async (durability) => {
  const instants = [0.1, 0.9, 0.5];

  const { kills, faults } = await crashRound({ kills: instants.length, random: () => instants.shift() ?? 0, durability });

  expect(faults).toEqual([]);
  expect(kills).toBe(3);
});

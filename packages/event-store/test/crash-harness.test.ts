import { expect, test } from 'vitest';
import { faults } from '../crash/faults.ts';
import { killRounds } from '../crash/kill.ts';
import { powerLoss } from '../crash/power-loss.ts';
import { seeded } from '../crash/random.ts';
import { hasStrace, installStrace } from '../crash/recorder.ts';
import { isCi } from './ci.ts';

const seed = Date.now() % 1_000_000;
const clean = { lost: 0, gaps: 0, duplicates: 0, torn: 0, unopenable: 0, problems: [] };

test(`EV-34 EV-38 a writer killed at random instants loses nothing that it acknowledged (seed ${seed})`, async () => {
  expect(await killRounds({ rounds: 4, random: seeded(seed) })).toMatchObject({ rounds: 4, ...clean });
});

test('EV-38 a store that acknowledges before its commit is found out by kills', async () => {
  expect((await killRounds({ rounds: 10, random: seeded(seed), writer: { acknowledge: 'early' } })).lost).toBeGreaterThan(0);
});

test.runIf(isCi)('losses of power can be simulated here', () => {
  expect(hasStrace(), `install it with: ${installStrace}`).toBe(true);
});

const whereTraced = hasStrace() ? '' : `, skipped, install it with: ${installStrace}`;

test.skipIf(whereTraced !== '')(`EV-38 EV-39 a loss of power at random instants loses nothing that was acknowledged (seed ${seed})${whereTraced}`, async () => {
  const found = await powerLoss({ images: 60, random: seeded(seed) });

  expect(found).toMatchObject(clean);
  expect(found.images).toBeGreaterThanOrEqual(60);
});

test.skipIf(whereTraced !== '').each([{ acknowledge: 'early' }, { durability: 'process' }] as const)(
  `EV-38 a store with %o is found out by losses of power${whereTraced}`,
  async (writer) => {
    expect((await powerLoss({ images: 30, random: seeded(seed), writer })).imagesWithLoss).toBeGreaterThan(0);
  },
);

test(`EV-38 EV-40 EV-41 EV-52 a full disk, a folder without rights, flipped bits and a second writer are refused or found (seed ${seed})`, async () => {
  const results = await faults(seeded(seed));

  expect(results.filter(({ outcome }) => outcome === 'fails')).toEqual([]);
  expect(results.filter(({ outcome }) => outcome === 'holds').length).toBeGreaterThanOrEqual(3);
});

/**
 * Kills a process in the middle of its work, over and over, and looks whether anything is lost, wrong or done twice.
 *
 *     npm run crash -w packages/promises -- [rounds] [kills a round]
 */
import { crashRound } from './crash-round.ts';

const [rounds = 40, killsARound = 6] = process.argv.slice(2).map(Number);
const totals = { kills: 0, repeated: 0, interrupted: 0, faults: 0 };
for (let round = 0; round < rounds; round += 1) {
  const durability = round % 8 === 7 ? 'power' : 'process';
  // oxlint-disable-next-line no-await-in-loop -- one round after the other
  const { kills, repeated, interrupted, faults } = await crashRound({ kills: killsARound, random: Math.random, durability });
  totals.kills += kills;
  totals.repeated += repeated;
  totals.interrupted += interrupted;
  totals.faults += faults.length;
  for (const fault of faults) console.log(`round ${round}: ${fault}`);
}
console.log(
  `${rounds} rounds, ${totals.kills} kills: ${totals.faults} results lost, wrong or done twice; ${totals.repeated} steps repeated, ${totals.interrupted} reported as interrupted`,
);
process.exitCode = totals.faults > 0 ? 1 : 0;

/**
 * Kills a process in the middle of its work, over and over, and looks whether anything is lost, wrong or done twice. With
 * PostgreSQL installed, every fourth round has two processes that share a database.
 *
 *     npm run crash -w packages/promises -- [rounds] [kills a round]
 */
import { findPostgres, installPostgres, startPostgres } from '../test/postgres-server.ts';
import { crashRound } from './crash-round.ts';

const [rounds = 40, killsARound = 6] = process.argv.slice(2).map(Number);
const server = findPostgres() === undefined ? undefined : await startPostgres();
if (!server) console.log(`Rounds in a database are left out; install one with: ${installPostgres}`);
const totals = { kills: 0, killsInDatabase: 0, repeated: 0, interrupted: 0, faults: 0 };
for (let round = 0; round < rounds; round += 1) {
  const durability = round % 8 === 7 ? 'power' : 'process';
  const postgres = server && round % 4 === 1 ? { url: server.url, schema: `round_${round}` } : undefined;
  // oxlint-disable-next-line no-await-in-loop -- one round after the other
  const { kills, repeated, interrupted, faults } = await crashRound({ kills: killsARound, random: Math.random, durability, ...(postgres && { postgres }) });
  totals.kills += kills;
  totals.killsInDatabase += postgres ? kills : 0;
  totals.repeated += repeated;
  totals.interrupted += interrupted;
  totals.faults += faults.length;
  for (const fault of faults) console.log(`round ${round + 1}: ${fault}`);
  console.log(`round ${round + 1} of ${rounds}: ${totals.kills} kills so far, ${totals.faults} faults`);
}
await server?.stop();
console.log(
  `${rounds} rounds, ${totals.kills} kills (${totals.killsInDatabase} of two processes in PostgreSQL): ${totals.faults} results or variables lost, wrong or done twice; ${totals.repeated} steps repeated, ${totals.interrupted} reported as interrupted`,
);
process.exitCode = totals.faults > 0 ? 1 : 0;

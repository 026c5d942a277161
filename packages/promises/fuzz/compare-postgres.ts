/**
 * The machine over PostgreSQL against the machine over SQLite: the same random requests at the same instants, in batches,
 * every answer and every message compared. There are no differences to explain.
 */
import { runBatch } from '../src/postgres/batch.ts';
import { databaseAt, type Connection } from '../src/postgres/connect.ts';
import { ensureTables } from '../src/postgres/setup.ts';
import { protocolDate, type ProtocolRequest } from '../src/machine/messages.ts';
import { describe, isEqual } from './applied.ts';
import { openMachine } from './compare.ts';
import { createRandom, randomRequest } from './random-request.ts';

const operationsInEpisode = 150;
const head = { corrId: 'c', version: protocolDate };
/** In PostgreSQL, trees that nobody asks about are left alone; so both are asked about each time. */
const nudges: readonly ProtocolRequest[] = ['a', 'b'].map((id) => ({ kind: 'promise.get', head, data: { id } }));

export interface PostgresComparison {
  readonly compared: number;
  readonly differences: readonly string[];
}

export async function compareWithPostgres(url: string, operations: number, firstSeed: number): Promise<PostgresComparison> {
  const differences: string[] = [];
  let compared = 0;
  for (let seed = firstSeed; compared < operations; seed += 1) {
    const database = await databaseAt(url, `fuzz_${seed}`);
    const connection = await database.connect();
    await ensureTables(connection, database);
    const count = Math.min(operationsInEpisode, operations - compared);
    const difference = await runEpisode(connection, database.schema, seed, count);
    if (difference !== undefined) differences.push(`seed ${seed}, ${difference}`);
    compared += count;
    await connection.query(`DROP SCHEMA ${database.schema} CASCADE`);
    await connection.end();
  }
  return { compared, differences };
}

/** The first difference, if there is one. */
async function runEpisode(connection: Connection, schema: string, seed: number, operations: number): Promise<string | undefined> {
  const random = createRandom(seed);
  const sqlite = openMachine();
  let now = 1_000_000;
  for (let index = 0; index < operations; index += 1) {
    now += random() < 0.3 ? Math.floor(random() * 20_000) : Math.floor(random() * 50);
    const request = randomRequest(random, now);
    const expected = sqlite.apply(now, request);
    const { answers, outcome } = await runBatch([request, ...nudges], { connection, schema, isFlushed: false, takes: () => true, clock: () => now });
    const [status, data] = answers[0] ?? [0, undefined];
    const found = { status, data, messages: outcome.messages.map(({ address, message }) => describe(address, message)).toSorted() };
    if (!isEqual(expected, found)) return `operation ${index}: ${JSON.stringify({ request, expected, found })}`;
  }
  return undefined;
}

import type { RemotePromisesOptions, ResolvedEngineOptions } from '../durable/open-promises-options.ts';
import { databaseAt } from './connect.ts';
import { PostgresBackend } from './postgres-backend.ts';

/** Lower case, so that it means the same with and without quotes. */
const schemaName = /^[a-z_][a-z0-9_]{0,39}$/u;

export async function openPostgres(
  { url, schema = 'holdfast_promises', group = 'default', concurrency = 100, now: clock }: RemotePromisesOptions,
  pid: string,
  options: ResolvedEngineOptions,
): Promise<PostgresBackend> {
  if (!schemaName.test(schema)) throw new TypeError(`Cannot use "${schema}" as the name of a schema: it has 1 to 40 lower case letters, digits and underscores`);
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) throw new TypeError(`Cannot work on ${concurrency} runs at once: it is a whole number from 1`);
  return PostgresBackend.open({ ...options, database: await databaseAt(url, schema), group, pid, concurrency, clock });
}

import { inTransaction } from './batch.ts';
import type { Connection } from './connect.ts';
import { beginWith, deleteTrees, lockKey, selectFinished, tryLocks } from './statements.ts';

const treesAtOnce = 256;

/** Deletes whole trees that ended long enough ago and have nothing pending. Trees that somebody is at wait for the next time. */
export async function collect(connection: Connection, schema: string, keepFinishedMs: number, instant: number | null): Promise<void> {
  const finished = (await connection.query(selectFinished, [keepFinishedMs, treesAtOnce, instant])).map((row) => String(row['tree']));
  if (finished.length === 0) return;
  await inTransaction(connection, beginWith([], false), async () => {
    const rows = await connection.query(tryLocks, [finished, finished.map((tree) => String(lockKey(schema, tree)))]);
    await connection.query(deleteTrees, [rows.map((row) => String(row['tree']))]);
  });
}

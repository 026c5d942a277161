/**
 * The ceiling: a log of four columns and no index on `node:sqlite`, flushed like the store, with so many rows in each
 * transaction. It checks nothing, numbers nothing and reads nothing back.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Speed } from './appenders.ts';
import { data, type } from './payload.ts';
import { withFolder } from './scratch.ts';

export async function rawLog(rows: number, batch: number): Promise<Speed> {
  return withFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, 'raw.db'));
    database.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 1000;
      CREATE TABLE log (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL) STRICT`);
    const insert = database.prepare('INSERT INTO log VALUES (?, ?, ?, ?)');
    const began = performance.now();
    const processor = process.cpuUsage();
    for (let position = 1; position <= rows;) {
      database.exec('BEGIN IMMEDIATE');
      for (let index = 0; index < batch; index += 1, position += 1) insert.run(position, `task-${index}`, type, JSON.stringify(data));
      database.exec('COMMIT');
    }
    const { user, system } = process.cpuUsage(processor);
    const tookMs = performance.now() - began;
    database.close();
    return { perSecond: (rows / tookMs) * 1000, p50Ms: (tookMs / rows) * batch, processorUs: (user + system) / rows };
  });
}

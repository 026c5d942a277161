/** The SQLite store of Emmett, as its published packages are. */
import { join } from 'node:path';
import { peer } from './peers.ts';
import { withFolder } from './scratch.ts';

export interface EmmettEvent {
  readonly type: string;
  readonly data: object;
}

interface Connection {
  command(sql: string): Promise<unknown>;
  close(): void;
}

export interface EmmettStore {
  appendToStream(stream: string, events: readonly EmmettEvent[]): Promise<unknown>;
  consumer(options: object): {
    processor(options: object): unknown;
    start(): Promise<void>;
    stop(): Promise<void>;
    close(): Promise<void>;
  };
  readonly schema: { migrate(): Promise<void> };
}

export interface Emmett {
  readonly store: EmmettStore;
  /** Runs a statement on its connection. */
  readonly command: (sql: string) => Promise<unknown>;
  /** A projection whose events each become SQL statements. */
  readonly sqlProjection: (definition: object) => unknown;
}

/** On one connection, as its default of one for each call fails when calls come at once. Write-ahead log, flushed at each commit. */
export async function withEmmett<Result>(run: (emmett: Emmett) => Promise<Result>): Promise<Result> {
  const library = peer('@event-driven-io/emmett-sqlite') as {
    getSQLiteEventStore(options: object): EmmettStore;
    sqliteConnection(options: object): Connection;
    readonly sqliteRawSQLProjection: (definition: object) => unknown;
  };
  return withFolder(async (folder) => {
    const fileName = join(folder, 'emmett.db');
    const connection = library.sqliteConnection({ fileName });
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL']) await connection.command(`PRAGMA ${pragma};`);
    const store = library.getSQLiteEventStore({ fileName, connectionOptions: { singleton: true, connection } });
    try {
      return await run({ store, command: async (sql) => connection.command(sql), sqlProjection: library.sqliteRawSQLProjection });
    } finally {
      connection.close();
    }
  });
}

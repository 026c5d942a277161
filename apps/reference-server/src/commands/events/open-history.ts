import { existsSync } from 'node:fs';
import type { EventQuery } from '@holdfast/event-store';
import { openSqliteEventReader, type SqliteEventReader } from '@holdfast/event-store/sqlite';
import { readConfiguration } from '../../config.ts';
import { DataFolder } from '../../data-folder.ts';
import { cliError } from '../../errors.ts';

export interface DataFlags {
  readonly data?: string;
  readonly json?: boolean;
}

export interface FilterFlags extends DataFlags {
  readonly task?: string;
  readonly type?: readonly string[];
  readonly correlation?: string;
}

export function dataFolderOf({ data }: DataFlags): DataFolder {
  return new DataFolder(readConfiguration({ ...(data !== undefined && { data }) }, process.env).data);
}

/** Reads the history of a data folder for as long as `use` takes, beside a server that may be writing it. @throws HOLDFAST_CLI_NO_EVENTS */
export async function withHistory(flags: DataFlags, use: (reader: SqliteEventReader, folder: DataFolder) => Promise<number>): Promise<number> {
  const folder = dataFolderOf(flags);
  if (!existsSync(folder.events)) throw cliError('HOLDFAST_CLI_NO_EVENTS', `Cannot read events: data folder "${folder.path}" has none`);
  const reader = await openSqliteEventReader({ path: folder.events });
  try {
    return await use(reader, folder);
  } finally {
    await reader.close();
  }
}

export function queryOf({ task, type, correlation }: FilterFlags): EventQuery {
  return {
    ...(task !== undefined && { taskId: task }),
    ...(type && { types: type }),
    ...(correlation !== undefined && { correlationId: correlation }),
  };
}

/** Writes as fast as whoever reads; false when they have left, as `head` does. */
export async function print(text: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  process.stdout.write(text, (error) => resolve(!error));
  return promise;
}

const atOnce = 65_536;

/** Writes many lines, some at a time, for as long as somebody reads them. */
export async function printAll(lines: AsyncIterable<string>): Promise<void> {
  let waiting = '';
  for await (const line of lines) {
    waiting += line;
    if (waiting.length < atOnce) continue;
    if (!(await print(waiting))) return;
    waiting = '';
  }
  await print(waiting);
}

/** Gives each value as text. */
export async function* rendered<Value>(values: AsyncIterable<Value>, render: (value: Value) => string): AsyncGenerator<string, undefined> {
  for await (const value of values) yield render(value);
}

/**
 * Exports of events as files. This entry is for Node.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { eventStoreError } from './errors.ts';
import { exportEvents, importEvents, type LongWorkOptions } from './export.ts';
import { linesOf } from './lines.ts';
import type { RecordQuery } from './store/event-record.ts';
import type { EventReader, EventStore } from './store/event-store.ts';
import { settleFile } from './store/settle-file.ts';

export { linesOf };

const linesAtOnce = 500;

/**
 * Writes an export into a file. It gets its name when it is whole and on the disk; what had the name before is replaced.
 * Gives the number of events.
 *
 * @throws HOLDFAST_EVENT_STORE_EXPORT_FAILED when the file cannot be written
 */
export async function exportToFile(reader: EventReader, path: string, options: RecordQuery & LongWorkOptions = {}): Promise<number> {
  const target = resolve(path);
  const unfinished = `${target}.new`;
  let events = -2; // the first and the last line are none
  try {
    const file = await open(unfinished, 'w', 0o600);
    try {
      let lines: string[] = [];
      for await (const line of exportEvents(reader, options)) {
        lines.push(line);
        events += 1;
        if (lines.length < linesAtOnce) continue;
        await file.write(`${lines.join('\n')}\n`);
        lines = [];
      }
      await file.write(`${lines.join('\n')}\n`);
    } finally {
      await file.close();
    }
    await settleFile(unfinished, target);
    return events;
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => undefined); // the first failure is the one to report
    throw asFileError(cause, `Cannot export events to "${target}"`, target);
  }
}

/**
 * Takes over an export from a file. Gives the number of events that were new.
 *
 * @throws HOLDFAST_EVENT_STORE_BAD_EXPORT
 * @throws HOLDFAST_EVENT_STORE_CHAIN_BROKEN when the events do not continue the history of this store
 * @throws HOLDFAST_EVENT_STORE_EXPORT_FAILED when the file cannot be read
 */
export async function importFromFile(store: EventStore, path: string, options: LongWorkOptions = {}): Promise<number> {
  const source = resolve(path);
  try {
    const file = await open(source, 'r');
    await file.close(); // a stream that cannot be opened would only say so later
    return await importEvents(store, linesOf(createReadStream(source, { encoding: 'utf8' })), options);
  } catch (cause) {
    throw asFileError(cause, `Cannot import events from "${source}"`, source);
  }
}

/** What the file system says becomes an error of ours; everything else stays what it is. */
function asFileError(cause: unknown, action: string, path: string): unknown {
  if (!(cause instanceof Error) || !('syscall' in cause) || !('code' in cause)) return cause;
  return eventStoreError('HOLDFAST_EVENT_STORE_EXPORT_FAILED', `${action}: ${String(cause.code)}`, { cause, data: { path, problem: String(cause.code) } });
}

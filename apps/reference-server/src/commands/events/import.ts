import { importEvents } from '@holdfast/event-store';
import { importFromFile, linesOf } from '@holdfast/event-store/file';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { isHoldfastError } from '@holdfast/protocol';
import { cliError } from '../../errors.ts';
import { Progress } from '../../terminal/progress.ts';
import { dataFolderOf, print, type DataFlags } from './open-history.ts';

/** `holdfast events import`. */
export async function importEventsFrom(file: string, flags: DataFlags): Promise<number> {
  const folder = dataFolderOf(flags);
  folder.create();
  const store = await openSqliteEventStore({ path: folder.events }).catch((error: unknown) => {
    if (!isHoldfastError(error, 'HOLDFAST_EVENT_STORE_LOCKED')) throw error;
    throw cliError('HOLDFAST_CLI_DATA_FOLDER_IN_USE', `Cannot import into data folder "${folder.path}": a server has it open`, { cause: error });
  });
  try {
    const progress = new Progress('imported', process.stderr);
    const options = { onProgress: progress.show };
    const added = await (file === '-' ? importEvents(store, linesOf(process.stdin.setEncoding('utf8')), options) : importFromFile(store, file, options));
    progress.end();
    const head = await store.head();
    await print(flags.json === true ? `${JSON.stringify({ added, head })}\n` : `Imported ${added} events; the store ends at ${head}\n`);
    return 0;
  } finally {
    await store.close();
  }
}

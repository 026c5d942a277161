import { exportEvents } from '@holdfast/event-store';
import { exportToFile } from '@holdfast/event-store/file';
import { Progress } from '../../terminal/progress.ts';
import { print, printAll, rendered, withHistory, type DataFlags } from './open-history.ts';

interface ExportFlags extends DataFlags {
  readonly after?: number;
}

/** `holdfast events export`. */
export async function exportEventsTo(file: string | undefined, flags: ExportFlags): Promise<number> {
  const { after, json = false } = flags;
  return withHistory(flags, async (reader) => {
    const progress = new Progress('exported', process.stderr);
    const options = { ...(after !== undefined && { afterSequence: after }), onProgress: progress.show };
    if (file === undefined || file === '-') {
      await printAll(rendered(exportEvents(reader, options), (line) => `${line}\n`));
      progress.end();
      return 0;
    }
    const events = await exportToFile(reader, file, options);
    progress.end();
    await print(json ? `${JSON.stringify({ events, file })}\n` : `Exported ${events} events to ${file}\n`);
    return 0;
  });
}

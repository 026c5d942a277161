import { verifyEvents, type Anchor } from '@holdfast/event-store';
import { Progress } from '../../terminal/progress.ts';
import { print, withHistory, type DataFlags } from './open-history.ts';

interface VerifyFlags extends DataFlags {
  readonly anchor?: Anchor;
}

/** `holdfast events verify`. */
export async function verifyHistory(flags: VerifyFlags): Promise<number> {
  return withHistory(flags, async (reader, folder) => {
    const progress = new Progress('verified', process.stderr);
    const found = await verifyEvents(reader, { onProgress: progress.show, ...(flags.anchor && { anchor: flags.anchor }) });
    progress.end();
    const { isIntact, events, last, problem } = found;
    if (flags.json === true) await print(`${JSON.stringify(found)}\n`);
    else if (isIntact) await print(`Intact: ${events} events; anchor ${last.sequenceNumber}:${last.hash}\n`);
    else await print(`NOT INTACT: event ${problem?.sequenceNumber}: ${problem?.message}\n${events} events before it are; restore "${folder.events}" from a backup or an export\n`);
    return isIntact ? 0 : 1;
  });
}

import type { EventReader, EventRecord } from '@holdfast/event-store';
import { cliError } from '../../errors.ts';
import { print, withHistory, type DataFlags } from './open-history.ts';

/** `holdfast events show`. */
export async function showEvent(wanted: string, flags: DataFlags): Promise<number> {
  return withHistory(flags, async (reader) => {
    const record = await findRecord(reader, wanted);
    if (!record) throw cliError('HOLDFAST_CLI_NO_SUCH_EVENT', `Cannot show event "${wanted}": there is none`);
    const { event, schemaVersion, hash } = record;
    await print(`${JSON.stringify({ ...event, schemaVersion, hash }, undefined, flags.json === true ? undefined : 2)}\n`);
    return 0;
  });
}

async function findRecord(reader: EventReader, wanted: string): Promise<EventRecord | undefined> {
  const sequenceNumber = /^\d+$/u.test(wanted) ? Number(wanted) : (await reader.findEvent(wanted))?.sequenceNumber ?? 0;
  if (!Number.isSafeInteger(sequenceNumber) || sequenceNumber === 0) return undefined;
  for await (const record of reader.records({ afterSequence: sequenceNumber - 1, untilSequence: sequenceNumber })) return record;
  return undefined;
}

import { stripVTControlCharacters } from 'node:util';
import type { StreamInfo } from '@holdfast/event-store';
import { print, withHistory, type DataFlags } from './open-history.ts';

/** `holdfast events tasks`. */
export async function listTasks(flags: DataFlags): Promise<number> {
  return withHistory(flags, async (reader) => {
    const tasks = await reader.streams();
    await print(tasks.map((task) => (flags.json === true ? `${JSON.stringify(task)}\n` : taskLine(task))).join(''));
    if (tasks.length === 0 && flags.json !== true) process.stderr.write('No task has events yet\n');
    return 0;
  });
}

function taskLine({ taskId, streamVersion, firstSequence, lastSequence }: StreamInfo): string {
  const counted = `${streamVersion} ${streamVersion === 1 ? 'event' : 'events'}`;
  return `${counted.padStart(14)}  ${`${firstSequence}..${lastSequence}`.padEnd(17)}  ${stripVTControlCharacters(taskId)}\n`;
}

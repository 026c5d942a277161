import type { TaskPriority } from '@holdfast/protocol';
import type { Entry } from './entry.ts';
import { shouldPreempt } from './priority.ts';

const maxPreemptions = 3;

/** Which running task makes way: the least urgent that allows it, the youngest of several. */
export function chooseVictim(running: Iterable<Entry>, incoming: TaskPriority): Entry | undefined {
  let victim: Entry | undefined;
  for (const entry of running) {
    if (!entry.task.isPreemptible || entry.preemptions >= maxPreemptions || entry.run?.isMakingWay) continue;
    if (!shouldPreempt(incoming, entry.priority)) continue;
    if (!victim || entry.priority >= victim.priority) victim = entry;
  }
  return victim;
}

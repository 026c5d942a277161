import type { Event, HoldfastService, TaskService } from '@holdfast/orchestrator';
import { isOver } from '../task-end.ts';
import type { EventSource } from './event-feed.ts';

/** Reads what is in a stream now. */
export type EventReader = (stream: string, query: Parameters<HoldfastService['readStream']>[1]) => AsyncIterable<Event>;

/** The events of a task. */
export function taskSource(tasks: TaskService, service: HoldfastService, taskId: string): EventSource {
  return {
    follow: (options) => followToEnd(tasks, taskId, options),
    read: (query) => service.readStream(taskId, query),
  };
}

/** A task that has ended has nothing to come, whoever asks from its last version on. */
async function* followToEnd(tasks: TaskService, taskId: string, options: Parameters<EventSource['follow']>[0]): AsyncGenerator<Event, void> {
  const view = await tasks.get(taskId);
  if (isOver(view) && options.afterVersion >= view.version) return;
  yield* tasks.watch(taskId, options);
}

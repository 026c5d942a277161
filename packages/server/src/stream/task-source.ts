import type { Event, HoldfastService, TaskService } from '@holdfast/orchestrator';
import type { EventSource } from './event-feed.ts';

/** Reads what is in a stream now. */
export type EventReader = (stream: string, query: Parameters<HoldfastService['readStream']>[1]) => AsyncIterable<Event>;

/** The events of a task. */
export function taskSource(tasks: TaskService, service: HoldfastService, taskId: string): EventSource {
  return {
    follow: (options) => tasks.watch(taskId, options),
    read: (query) => service.readStream(taskId, query),
  };
}

/** How a node points at the event that holds the whole of it: `event:TASK/VERSION`, the task written as in a URL. */
import type { Event, EventStore } from '@holdfast/event-store';
import { contextCacheError } from '../errors.ts';

export interface EventRef {
  readonly taskId: string;
  readonly streamVersion: number;
}

export function eventRef({ taskId, streamVersion }: EventRef): string {
  return `event:${encodeURIComponent(taskId)}/${streamVersion}`;
}

/** Undefined for a reference of another kind. */
export function parseEventRef(ref: string): EventRef | undefined {
  const [, task, version] = /^event:([^/]+)\/(\d+)$/u.exec(ref) ?? [];
  return task === undefined || version === undefined ? undefined : { taskId: decodeURIComponent(task), streamVersion: Number(version) };
}

/**
 * The event that a node's `fullContentRef` points at.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND where the reference points at nothing
 */
export async function resolveContent(ref: string, store: EventStore): Promise<Event> {
  const target = parseEventRef(ref);
  if (target) {
    for await (const event of store.read({ taskId: target.taskId, afterVersion: target.streamVersion - 1, limit: 1 })) {
      if (event.streamVersion === target.streamVersion) return event;
    }
  }
  throw contextCacheError('HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND', `Cannot resolve "${ref}": it points at no event`, { data: { ref } });
}

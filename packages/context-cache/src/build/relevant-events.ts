import type { Event } from '@holdfast/event-store';
import { inOrder } from '../summarise/event-lines.ts';

export interface RelevanceOptions {
  /** @default 10 */
  readonly limit?: number;
}

/**
 * The events that matter for the current one: of the same task and the same module, and either of the same code version
 * or among its causes. At most `limit`, the newest of them, in their order; never the current one.
 */
export function filterRelevant(events: readonly Event[], current: Event, { limit = 10 }: RelevanceOptions = {}): Event[] {
  const ofTask = events.filter(({ taskId, eventId }) => taskId === current.taskId && eventId !== current.eventId);
  const causes = causesOf(current, ofTask);
  const relevant = ofTask.filter((event) => event.data['module'] === current.data['module'] && (event.codeVersion === current.codeVersion || causes.has(event.eventId)));
  return limit <= 0 ? [] : inOrder(relevant).slice(-limit);
}

/** Ids along the chain of causes, as far as it can be followed. */
function causesOf(current: Event, events: readonly Event[]): ReadonlySet<string> {
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const causes = new Set<string>();
  for (let id = current.causationId; id !== null && !causes.has(id); id = byId.get(id)?.causationId ?? null) causes.add(id);
  return causes;
}

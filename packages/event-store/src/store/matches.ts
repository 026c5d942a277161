import type { Event } from '../event.ts';
import type { ResolvedQuery } from './query.ts';

/** Tells whether an event is what a query asks for. Adapters that can ask their database do that instead. */
export function matches(event: Event, query: ResolvedQuery): boolean {
  const { taskId, types, correlationId, causationId, afterSequence, untilSequence, afterVersion, untilVersion, sinceMs, untilMs } = query;
  if (taskId !== null && event.taskId !== taskId) return false;
  if (types !== null && !types.includes(event.type)) return false;
  if (correlationId !== null && event.correlationId !== correlationId) return false;
  if (causationId !== null && event.causationId !== causationId) return false;
  if (event.sequenceNumber <= afterSequence || event.sequenceNumber > untilSequence) return false;
  if (event.streamVersion <= afterVersion || event.streamVersion > untilVersion) return false;
  const timestampMs = Date.parse(event.timestamp);
  return timestampMs >= sinceMs && timestampMs <= untilMs;
}

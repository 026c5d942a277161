import type { HoldfastService } from '@holdfast/orchestrator';
import type { EventSource } from './event-feed.ts';

/** The events of a session. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
export function sessionSource(service: HoldfastService, sessionId: string): EventSource {
  service.getSession(sessionId);
  return {
    follow: (options) => service.subscribeSession(sessionId, options),
    read: (query) => service.readSession(sessionId, query),
  };
}

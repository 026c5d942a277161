import { sessionStream, type HoldfastService, type TaskService } from '@holdfast/orchestrator';
import { followQuery, type FollowQuery } from '@holdfast/protocol/api';
import { serverError } from '../errors.ts';
import { parsePart } from '../http/parse.ts';
import { fromText } from '../http/route.ts';
import type { EventSource } from '../stream/event-feed.ts';
import { sessionSource } from '../stream/session-source.ts';
import { taskSource } from '../stream/task-source.ts';

/** What a client asks to follow, and how. */
export interface FollowTarget {
  readonly stream: string;
  readonly source: EventSource;
  readonly query: FollowQuery;
}

const fields = new Map([
  ['from', 'integer'],
  ['batch', 'integer'],
  ['heartbeatMs', 'integer'],
  ['deltas', 'boolean'],
] as const);

/** @throws HOLDFAST_SERVER_VALIDATION, HOLDFAST_SERVER_NOT_FOUND, and for a session or a task that there is not */
export async function findTarget(service: HoldfastService, tasks: TaskService, target: string): Promise<FollowTarget> {
  const [path = '', search = ''] = target.split('?', 2);
  const { session, task } = /^\/ws\/(?:sessions\/(?<session>[^/]+)|(?<task>[^/]+))$/u.exec(path)?.groups ?? {};
  const query = (): FollowQuery => parsePart('query', followQuery, fromText(Object.fromEntries(new URLSearchParams(search)), fields));
  if (session !== undefined) {
    const sessionId = decode(session);
    return { query: query(), source: sessionSource(service, sessionId), stream: sessionStream(service.getSession(sessionId).sessionId) };
  }
  if (task === undefined) throw serverError('HOLDFAST_SERVER_NOT_FOUND', 'Cannot follow: there is nothing at this path');
  const asked = query();
  const { taskId } = await tasks.get(decode(task));
  return { query: asked, source: taskSource(tasks, service, taskId), stream: taskId };
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot follow: the id is not encoded as a URL needs it', { cause });
  }
}

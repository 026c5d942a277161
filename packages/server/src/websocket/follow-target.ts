import { sessionStream, type HoldfastService } from '@holdfast/orchestrator';
import { followQuery, type FollowQuery } from '@holdfast/protocol/api';
import { serverError } from '../errors.ts';
import { parsePart } from '../http/parse.ts';
import { fromText } from '../http/route.ts';
import type { EventSource } from '../stream/event-feed.ts';
import { sessionSource } from '../stream/session-source.ts';

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

/** @throws HOLDFAST_SERVER_VALIDATION, HOLDFAST_SERVER_NOT_FOUND, HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
export function findTarget(service: HoldfastService, target: string): FollowTarget {
  const [path = '', search = ''] = target.split('?', 2);
  const encoded = /^\/ws\/sessions\/(?<id>[^/]+)$/u.exec(path)?.groups?.['id'];
  if (encoded === undefined) throw serverError('HOLDFAST_SERVER_NOT_FOUND', 'Cannot follow: there is nothing at this path');
  const query = parsePart('query', followQuery, fromText(Object.fromEntries(new URLSearchParams(search)), fields));
  const sessionId = decode(encoded);
  const source = sessionSource(service, sessionId);
  return { stream: sessionStream(service.getSession(sessionId).sessionId), source, query };
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot follow: the id is not encoded as a URL needs it', { cause });
  }
}

import { toWireError, type WireError } from '@holdfast/protocol';
import type { Problem } from '@holdfast/protocol/api';

/** The status of an error by what its code says; everything else is a fault of ours. */
const statusByCode: Readonly<Record<string, number>> = {
  validation: 400,
  invalid_id: 400,
  invalid_argument: 400,
  invalid_event: 400,
  not_json: 400,
  event_too_large: 413,
  body_too_large: 413,
  unsupported_media_type: 415,
  unauthorized: 401,
  link_expired: 403,
  forbidden_host: 403,
  forbidden_origin: 403,
  directory_hidden: 403,
  not_found: 404,
  session_not_found: 404,
  execution_not_found: 404,
  checkpoint_not_found: 404,
  session_exists: 409,
  session_busy: 409,
  execution_exists: 409,
  session_closed: 409,
  promise_not_pending: 409,
  conflict: 409,
  task_exists: 409,
  task_ended: 409,
  circular_dependency: 409,
  dependency_failed: 409,
  duplicate_task: 409,
  task_cancelled: 409,
  unknown_version: 409,
  invalid_task: 400,
  unexpected_answer: 400,
  task_not_found: 404,
  stale_version: 412,
  idempotency_mismatch: 422,
  invalid_plan: 422,
  gave_up: 422,
  rejected: 422,
  rate_limited: 429,
  overloaded: 503,
  queue_full: 503,
  no_model: 503,
  model_failed: 503,
  too_many_sessions: 503,
  worker_start_failed: 503,
  closed: 503,
  closing: 503,
  locked: 503,
  task_timed_out: 504,
  disk_full: 507,
};

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
  504: 'Took too long',
  507: 'No room',
};

/** The answer to anything that was thrown. What is not ours is told as an internal error, without its text. */
export function toProblem(error: unknown): Problem {
  const wire = toWireError(error);
  const code = publicCode(wire);
  const status = statusByCode[code] ?? 500;
  return {
    type: `https://github.com/holdfast/holdfast/blob/main/docs/errors.md#${wire.code.toLowerCase()}`,
    title: titles[status] ?? 'Error',
    status,
    detail: wire.message,
    code,
    retriable: wire.retriable,
    ...(wire.hint !== undefined && { hint: wire.hint }),
    ...(wire.data !== undefined && { data: wire.data }),
  };
}

const prefix = /^HOLDFAST_(?:EVENT_STORE|CONTEXT_CACHE|[A-Z]+)_/u;

function publicCode({ code }: WireError): string {
  return code.replace(prefix, '').toLowerCase();
}

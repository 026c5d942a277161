import { isHoldfastError, type HoldfastError } from '@holdfast/protocol';
import { eventStoreError } from '../../errors.ts';

type Failure = readonly [Parameters<typeof eventStoreError>[0], string];

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; whole codes before classes, which are their first two letters. */
const failures = new Map<string, Failure>([
  ['23', ['HOLDFAST_EVENT_STORE_FENCED', 'somebody else wrote to it']],
  ['25006', ['HOLDFAST_EVENT_STORE_READ_ONLY', 'the server does not let it be written']],
  ['28', ['HOLDFAST_EVENT_STORE_CANNOT_OPEN', 'the server refused the user']],
  ['3D', ['HOLDFAST_EVENT_STORE_CANNOT_OPEN', 'there is no such database']],
  ['42501', ['HOLDFAST_EVENT_STORE_READ_ONLY', 'this user has no right to it']],
  ['53100', ['HOLDFAST_EVENT_STORE_DISK_FULL', 'there is no room left']],
  ['XX', ['HOLDFAST_EVENT_STORE_CORRUPT', 'a part of it cannot be read']],
]);

/** What the driver threw, as an error of ours that names the server. */
export function fromPostgres(cause: unknown, name: string): HoldfastError {
  if (isHoldfastError(cause)) return cause;
  const code = codeOf(cause);
  const [found, problem] = isConnectionLost(cause)
    ? (['HOLDFAST_EVENT_STORE_UNREACHABLE', 'the connection to the server is lost'] as const)
    : (failures.get(code) ?? failures.get(code.slice(0, 2)) ?? (['HOLDFAST_EVENT_STORE_IO_FAILED', String(cause)] as const));
  return eventStoreError(found, `Cannot use event store "${name}": ${problem}`, { cause, data: { store: name, postgresCode: code } });
}

const lostCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** Class 08 and the shutdowns of a server, and one that has no connection left. */
const lostStates = /^(?:08|57P0[1-3]|53300)/u;
/** The driver's own errors have no code. */
const lostMessages = /connection terminated|connection error|timeout expired|timeout exceeded|not queryable|closed the connection/iu;

/** Whether the server may have done what it was asked, without us hearing of it, and may be asked again later. */
export function isConnectionLost(cause: unknown): boolean {
  const code = codeOf(cause);
  return lostCodes.has(code) || lostStates.test(code) || (code === '' && cause instanceof Error && lostMessages.test(cause.message));
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

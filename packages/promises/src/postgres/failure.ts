import { isHoldfastError, type HoldfastError } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';

type Failure = readonly [Parameters<typeof promisesError>[0], string];

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; whole codes before classes, which are their first two letters. */
const failures = new Map<string, Failure>([
  ['28', ['HOLDFAST_PROMISES_UNAUTHORIZED', 'the server refused the user']],
  ['3D', ['HOLDFAST_PROMISES_STORE_FAILED', 'there is no such database']],
  ['42501', ['HOLDFAST_PROMISES_UNAUTHORIZED', 'this user has no right to it']],
  ['42P07', ['HOLDFAST_PROMISES_STORE_FOREIGN', 'its schema has tables that are not ours']],
  ['55P03', ['HOLDFAST_PROMISES_UNAVAILABLE', 'another process held it for too long']],
]);

/** What the driver threw, as an error of ours that names the database. */
export function fromPostgres(cause: unknown, name: string): HoldfastError {
  if (isHoldfastError(cause)) return cause;
  const code = codeOf(cause);
  const [found, problem] = isConnectionLost(cause)
    ? (['HOLDFAST_PROMISES_UNAVAILABLE', 'the connection to the server is lost'] as const)
    : (failures.get(code) ?? failures.get(code.slice(0, 2)) ?? (['HOLDFAST_PROMISES_STORE_FAILED', String(cause)] as const));
  return promisesError(found, `Cannot use promises in "${name}": ${problem}`, { cause, data: { store: name, postgresCode: code } });
}

/** Deadlocks, conflicts of transactions, and the same tables made twice at once: nothing was done, and it may be done again. */
const conflicts = new Set(['40001', '40P01', '23505']);

export function isConflict(cause: unknown): boolean {
  return conflicts.has(codeOf(cause));
}

const lostCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** Class 08 and the shutdowns of a server, one that has no connection left, and a transaction that stood still for too long. */
const lostStates = /^(?:08|57P0[1-5]|53300|25P03)/u;
/** The driver's own errors have no code. */
const lostMessages = /connection terminated|connection error|timeout expired|timeout exceeded|not queryable|closed the connection/iu;

/** Whether the server may have done what it was asked, without us hearing of it, and may be asked again later. */
function isConnectionLost(cause: unknown): boolean {
  const code = codeOf(cause);
  return lostCodes.has(code) || lostStates.test(code) || (code === '' && cause instanceof Error && lostMessages.test(cause.message));
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

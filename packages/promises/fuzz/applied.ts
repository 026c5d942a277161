/** What a machine did with a request, in a form in which two can be compared. */
import { isDeepStrictEqual } from 'node:util';
import type { ProtocolMessage } from '../src/machine/messages.ts';

export interface Applied {
  readonly status: number;
  readonly data: unknown;
  readonly messages: readonly string[];
}

export function isEqual(mine: Applied, other: Applied): boolean {
  if (mine.status !== other.status) return false;
  return (mine.status >= 400 || isDeepStrictEqual(normal(mine.data), normal(other.data))) && isDeepStrictEqual(mine.messages, other.messages);
}

/** Without what has no order, and without what stands for nothing. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal).toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => part !== undefined && key !== 'corrId')
      .map(([key, part]) => [key, normal(part)] as const)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}

export function describe(address: string, message: ProtocolMessage): string {
  return message.kind === 'execute' ? `execute ${address} ${message.data.task.id} ${message.data.task.version}` : `unblock ${address} ${message.data.promise.id} ${message.data.promise.state}`;
}

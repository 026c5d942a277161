import { Object, String, WeakSet } from './intrinsics.ts';

const placed = new WeakSet<Error>();

/**
 * An error that comes in a turn of its own, where no code of a cell stands: behind its own frames it gets those of the
 * place where it was asked for, once.
 */
export function placedAt(asked: Error, error: Error): Error {
  if (placed.has(error)) return error;
  placed.add(error);
  const frames = String(asked.stack).split('\n').slice(1);
  Object.defineProperty(error, 'stack', { value: [error.stack, ...frames].join('\n'), configurable: true, writable: true });
  return error;
}

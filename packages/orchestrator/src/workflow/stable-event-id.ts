import { createHash } from 'node:crypto';

/** The id of the event that a key names in a task: a UUID of version 8, the same in every process. */
export function stableEventId(taskId: string, key: string): string {
  const digits = createHash('sha256').update(JSON.stringify([taskId, key])).digest('hex');
  const variant = '89ab'[Number.parseInt(digits[16] ?? '0', 16) % 4] ?? '8';
  return [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `${variant}${digits.slice(17, 20)}`, digits.slice(20, 32)].join('-');
}

/** The SHA-256 of a module: its name, its code and its tests. */
export function codeHash({ name, code, tests }: { readonly name: string; readonly code: string; readonly tests: string }): string {
  return createHash('sha256').update(JSON.stringify([name, code, tests])).digest('hex');
}

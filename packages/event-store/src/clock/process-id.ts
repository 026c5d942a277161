/** A name for one start of a process, so that two starts, or two machines, never count under the same name. */
export function makeProcessId(name: string): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}`;
}

/**
 * Whether the main thread had the processor, by what Linux tells of it under /proc. Where nothing tells, or a worker may
 * not read it, it is taken to have had all the time that there was.
 */
import { readFileSync } from 'node:fs';

/** For how many milliseconds the main thread ran so far. */
export function ranMs(): number | undefined {
  const [nanoseconds] = (read('/proc/self/schedstat') ?? '').split(' ');
  return nanoseconds ? Number(nanoseconds) / 1e6 : undefined;
}

/** Whether it runs or only waits for a processor, and does not sleep until something happens. */
export function isRunnable(): boolean {
  return /\) R /u.test(read('/proc/self/stat') ?? '');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

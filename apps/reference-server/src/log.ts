import { pino } from 'pino';
import type { Log } from '@holdfast/server';

/** Lines are written many at a time, and none waits longer than this many milliseconds. What waits at an exit is written then. */
const batches = { minLength: 4096, periodicFlush: 100 };

/**
 * Where the server writes what it did: records as lines of JSON on standard error, in another thread's time. Nothing is
 * blotted out, which would double what a line costs: each record is put together field by field, and none has a secret.
 */
export function createLog(level: 'silent' | 'error' | 'warn' | 'info'): Log {
  return pino({ level, base: null, timestamp: isoTime() }, pino.destination({ fd: 2, sync: false, ...batches }));
}

/** The time of a line; many lines have the same millisecond. */
function isoTime(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

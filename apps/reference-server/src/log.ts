import { pino } from 'pino';
import type { AuditRecord, Log } from '@holdfast/server';

export interface ServerLog {
  readonly log: Log;
  readonly onAudit: (record: AuditRecord) => void;
}

/** Where the server writes what it did: records as lines of JSON on standard error, in another thread's time. */
export function createLog(level: 'silent' | 'error' | 'warn' | 'info'): ServerLog {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: ['authorization', 'token'] }, pino.destination({ fd: 2, sync: false }));
  return { log: logger, onAudit: (record) => logger.info({ audit: record }, 'audit') };
}

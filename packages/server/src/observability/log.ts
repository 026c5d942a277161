/** Where the server writes what it did, as records. A pino logger fits. */
export interface Log {
  info(record: object, message: string): void;
  warn(record: object, message: string): void;
  error(record: object, message: string): void;
}

/** Writes nothing. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One change that somebody asked for: who, what, on which thing, and how it went. */
export interface AuditRecord {
  readonly at: string;
  readonly principal: string;
  /** Which face it came by. */
  readonly face: 'rest' | 'mcp';
  /** The operation or the tool. */
  readonly action: string;
  /** The ids in its path or arguments; never contents. */
  readonly target: Readonly<Record<string, string>>;
  readonly outcome: number | 'ok' | 'error';
  readonly requestId: string;
}

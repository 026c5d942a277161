import { eventStoreError } from '../../errors.ts';

/** Before it, the WAL-reset bug could silently lose committed transactions: https://www.sqlite.org/wal.html */
const oldest = '3.51.3';

/** @throws HOLDFAST_EVENT_STORE_SQLITE_TOO_OLD */
export function assertSupportedSqlite(version: string): void {
  if (rank(version) >= rank(oldest)) return;
  throw eventStoreError('HOLDFAST_EVENT_STORE_SQLITE_TOO_OLD', `Cannot open event store with SQLite ${version}: it needs ${oldest} or newer`, {
    data: { version, oldest },
  });
}

function rank(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return (major * 1000 + minor) * 1000 + patch;
}

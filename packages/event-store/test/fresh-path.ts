import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of its own for the running test, gone after it. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-events-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database path in a folder of its own. */
export function freshPath(): string {
  return join(freshFolder(), 'events.db');
}

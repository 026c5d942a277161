import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder that a worker may write to. */
export interface WritableFolder {
  readonly path: string;
  /** Removes it where it was made for this worker alone. */
  close(): void;
}

/** Makes the named folder where it is missing; without a name, one of its own that goes with the worker. */
export function openWritableFolder(path?: string): WritableFolder {
  if (path !== undefined) {
    mkdirSync(resolve(path), { recursive: true, mode: 0o700 });
    return { path: realpathSync(path), close: () => undefined };
  }
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-session-')));
  return { path: made, close: () => rmSync(made, { recursive: true, force: true }) };
}

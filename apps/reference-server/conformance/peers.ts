import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const folder = join(import.meta.dirname, 'peers');

/** Installs the suite and the inspector in the versions that `peers/package.json` names; the repository does not depend on them. */
export async function installPeers(): Promise<void> {
  if (existsSync(join(folder, 'node_modules', '.package-lock.json'))) return;
  await promisify(execFile)('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'], { timeout: 300_000 });
}

/** A file of a peer. */
export function peer(path: string): string {
  return join(folder, 'node_modules', path);
}

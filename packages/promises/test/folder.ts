import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A path in a fresh folder. */
export async function freshPath(name = 'promises.db'): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'holdfast-promises-')), name);
}

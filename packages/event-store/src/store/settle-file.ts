import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Gives a finished file its name, so that after any crash there is the whole of it or nothing. */
export async function settleFile(unfinished: string, path: string): Promise<void> {
  await flush(unfinished);
  await rename(unfinished, path);
  await flush(dirname(path));
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

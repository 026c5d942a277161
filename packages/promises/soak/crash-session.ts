/** A session whose variables are in this process alone, and whose newest checkpoint is in a file. */
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { CellCheckpoint, CellCheckpoints, CellExecutor, Dependency } from '@holdfast/promises/durable';

/** The code of a cell is the name of a variable that it adds; its value is the names of all. */
export function createSession(): Dependency<CellExecutor> {
  let names: readonly string[] = [];
  const executor: CellExecutor = {
    execute: async ({ code }) => {
      names = [...new Set([...names, code])];
      return { status: 'ok', value: names, repr: code, executionTimeMs: 0 };
    },
    checkpoint: async () => {
      const namespace = Buffer.from(JSON.stringify(names));
      const digest = createHash('sha256').update(namespace).digest('hex');
      return { checkpointId: digest, executionId: '', format: 1, namespace, digest, size: namespace.length, createdAt: 0 };
    },
    // Another process may have gone on with the session meanwhile, so what it kept counts.
    restore: async (_, { namespace }) => {
      names = JSON.parse(Buffer.from(namespace).toString());
    },
  };
  return { name: 'session', lifetime: 'singleton', create: () => executor };
}

export function createFileCheckpoints(path: string): CellCheckpoints {
  return {
    save: async (_, { checkpoint, ...rest }) => {
      const text = JSON.stringify({ ...rest, checkpoint: { ...checkpoint, namespace: Buffer.from(checkpoint.namespace).toString('base64') } });
      await writeFile(`${path}.${process.pid}`, text);
      await rename(`${path}.${process.pid}`, path);
    },
    latest: async () => {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      const { checkpoint, ...rest }: CellCheckpoint & { readonly checkpoint: { readonly namespace: unknown } } = JSON.parse(text);
      return { ...rest, checkpoint: { ...checkpoint, namespace: Buffer.from(String(checkpoint.namespace), 'base64') } };
    },
  };
}

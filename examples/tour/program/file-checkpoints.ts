import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { CellCheckpoint, CellCheckpoints } from '@holdfast/promises/durable';

/** Keeps the newest checkpoint of one session in a file, which is never seen half written. */
export function createFileCheckpoints(path: string): CellCheckpoints {
  return {
    save: async (_, checkpoint) => {
      writeFileSync(`${path}.new`, serialize(checkpoint), { flush: true });
      renameSync(`${path}.new`, path);
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody else writes the file
    latest: async () => (existsSync(path) ? (deserialize(readFileSync(path)) as CellCheckpoint) : undefined),
  };
}

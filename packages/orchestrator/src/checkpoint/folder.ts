/**
 * Checkpoints as files: one folder for each session, one file for each checkpoint, written beside its place, flushed
 * and renamed, so that a crash leaves the old one or the new one and never half of one. File names begin with a number
 * that grows, which is their age.
 */
import { hash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointData, msgpackCodec, type CheckpointData } from '@holdfast/protocol';
import { orchestratorError } from '../errors.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { infoOf } from './memory.ts';

export interface FolderCheckpointStoreOptions {
  /** How many checkpoints of one session are kept; older ones are removed. @default 8 */
  readonly maxPerSession?: number;
}

const codec = msgpackCodec();
const suffix = '.checkpoint';

/** Opens the checkpoints under a folder, which is made when it is first written to. */
export function openFolderCheckpointStore(path: string, { maxPerSession = 8 }: FolderCheckpointStoreOptions = {}): CheckpointStore {
  const folderOf = (sessionId: string): string => join(path, encodeName(sessionId));

  const names = async (sessionId: string): Promise<string[]> => {
    try {
      return (await readdir(folderOf(sessionId))).filter((name) => name.endsWith(suffix)).toSorted();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  };
  const read = async (sessionId: string, name: string): Promise<CheckpointData> => {
    const file = join(folderOf(sessionId), name);
    try {
      return checkpointData.parse(codec.decode(await readFile(file)));
    } catch (cause) {
      throw orchestratorError('HOLDFAST_ORCHESTRATOR_CHECKPOINT_CORRUPT', `Cannot read checkpoint "${file}"`, { cause });
    }
  };
  const find = async (sessionId: string, checkpointId?: string): Promise<CheckpointData | undefined> => {
    const kept = await names(sessionId);
    const name = checkpointId === undefined ? kept.at(-1) : kept.findLast((each) => each.slice(numberLength).startsWith(`${encodeName(checkpointId)}.`));
    return name === undefined ? undefined : read(sessionId, name);
  };

  return {
    find,
    save: async (sessionId, checkpoint) => {
      const folder = folderOf(sessionId);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const kept = await names(sessionId);
      const next = Number((kept.at(-1) ?? '0').slice(0, numberLength - 1)) + 1;
      const file = `${String(next).padStart(numberLength - 1, '0')}-${encodeName(checkpoint.checkpointId)}${suffix}`;
      await writeDurably(folder, file, codec.encode(checkpoint));
      const same = kept.filter((name) => name.slice(numberLength) === file.slice(numberLength));
      const others = kept.filter((name) => !same.includes(name));
      const old = others.slice(0, Math.max(0, others.length + 1 - maxPerSession));
      await Promise.all([...same, ...old].map(async (name) => rm(join(folder, name), { force: true })));
    },
    list: async (sessionId) => {
      const kept = await names(sessionId);
      return Promise.all(kept.map(async (name) => infoOf(await read(sessionId, name))));
    },
    remove: async (sessionId) => rm(folderOf(sessionId), { recursive: true, force: true }),
  };
}

const numberLength = 13;

async function writeDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `${name}.new`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A file name that stands for one id only and fits every file system: the id in hexadecimal, or its digest where that is long. */
function encodeName(id: string): string {
  const hexadecimal = Buffer.from(id, 'utf8').toString('hex');
  return hexadecimal.length <= 120 ? hexadecimal : `${hexadecimal.slice(0, 40)}_${hash('sha256', id)}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

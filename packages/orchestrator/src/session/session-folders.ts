import { hash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder for each session, which lives as long as the session does. */
export interface SessionFolders {
  /** The folder of a session, made where it is missing. */
  pathOf(sessionId: string): string;
  /** Makes a folder for a worker that waits for a session. */
  addSpare(): string;
  /** Gives a session that has no folder yet one that a worker waits in. False where it has one, or none waits. */
  giveSpare(sessionId: string): boolean;
  /** Takes back what was given to a session that came to nothing. */
  takeBack(sessionId: string): void;
  /** Removes the folder of a session with all that is in it. */
  remove(sessionId: string): Promise<void>;
}

const sparePrefix = 'spare-';

/**
 * Opens the folders of sessions under a path. Their names are digests, so that no id can name another place. A folder
 * that a worker waited in keeps its own name, because the worker is locked into it, and the digest is a link to it.
 */
export function openSessionFolders(path: string): SessionFolders {
  const nameOf = (sessionId: string): string => join(path, hash('sha256', sessionId).slice(0, 32));
  const spares: string[] = [];
  removeUnused(path);
  return {
    pathOf: (sessionId) => {
      const name = nameOf(sessionId);
      mkdirSync(name, { recursive: true, mode: 0o700 });
      return realpathSync(name);
    },
    addSpare: () => {
      const spare = `${sparePrefix}${randomBytes(16).toString('hex')}`;
      const folder = join(path, spare);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      spares.push(spare);
      return realpathSync(folder);
    },
    giveSpare: (sessionId) => {
      const name = nameOf(sessionId);
      const spare = lstatSync(name, { throwIfNoEntry: false }) ? undefined : spares.shift();
      if (spare !== undefined) symlinkSync(spare, name);
      return spare !== undefined;
    },
    takeBack: (sessionId) => {
      const name = nameOf(sessionId);
      spares.unshift(readlinkSync(name));
      unlinkSync(name);
    },
    remove: async (sessionId) => {
      const name = nameOf(sessionId);
      if (isLink(name)) await rm(join(path, readlinkSync(name)), { recursive: true, force: true });
      await rm(name, { recursive: true, force: true });
    },
  };
}

/** Removes the folders that workers of an earlier server waited in for nothing. */
function removeUnused(path: string): void {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch {
    return; // there are no folders yet
  }
  const used = new Set(names.map((name) => join(path, name)).flatMap((name) => (isLink(name) ? [readlinkSync(name)] : [])));
  for (const name of names) if (name.startsWith(sparePrefix) && !used.has(name)) rmSync(join(path, name), { recursive: true, force: true });
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

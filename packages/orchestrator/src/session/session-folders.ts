import { hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder for each session, which lives as long as the session does. */
export interface SessionFolders {
  /** The folder of a session, made where it is missing. */
  pathOf(sessionId: string): string;
  /** Removes the folder of a session with all that is in it. */
  remove(sessionId: string): Promise<void>;
}

/** Opens the folders of sessions under a path. Their names are digests, so that no id can name another place. */
export function openSessionFolders(path: string): SessionFolders {
  const nameOf = (sessionId: string): string => join(path, hash('sha256', sessionId).slice(0, 32));
  return {
    pathOf: (sessionId) => {
      const folder = nameOf(sessionId);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    remove: async (sessionId) => rm(nameOf(sessionId), { recursive: true, force: true }),
  };
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { cliError } from './errors.ts';

const announcement = z.object({ url: z.url(), pid: z.int().positive(), mcpOnly: z.boolean().default(false) });

/** How to reach the server of a data folder. */
export type Announcement = z.output<typeof announcement>;

/** Node's own recursive mkdir never returns where a parent such as /proc refuses with ENOENT. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** The folder of one server: its databases, its token, and where it listens. Only this user can read it. */
export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  get events(): string {
    return join(this.path, 'events.db');
  }

  get promises(): string {
    return join(this.path, 'durable.db');
  }

  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }

  /** Where the code of sessions starts. */
  get workspace(): string {
    return join(this.path, 'workspace');
  }

  /** Where each session has its own folder. */
  get sessions(): string {
    return join(this.path, 'sessions');
  }

  /** Where the code that tasks write stands. */
  get tasks(): string {
    return join(this.path, 'tasks');
  }

  get #announcement(): string {
    return join(this.path, 'server.json');
  }

  get #token(): string {
    return join(this.path, 'token');
  }

  /** Makes the folder. @throws HOLDFAST_CLI_DATA_FOLDER */
  create(): void {
    try {
      makeFolder(this.workspace);
      this.#write('.gitignore', '*\n');
    } catch (cause) {
      throw cliError('HOLDFAST_CLI_DATA_FOLDER', `Cannot write data folder "${this.path}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  /** The token of this folder, made when there is none; a given one is kept in its place. */
  keepToken(given: string | undefined): string {
    const token = given ?? this.readToken() ?? randomBytes(32).toString('base64url');
    this.#write('token', token);
    return token;
  }

  removeToken(): void {
    rmSync(this.#token, { force: true });
  }

  readToken(): string | undefined {
    const token = existsSync(this.#token) ? readFileSync(this.#token, 'utf8').trim() : '';
    return token === '' ? undefined : token;
  }

  /** Says where the server listens. */
  announce(server: Announcement): void {
    this.#write('server.json', JSON.stringify(server));
  }

  withdraw(): void {
    rmSync(this.#announcement, { force: true });
  }

  /** Where a server of this folder said it listens; it may be gone since. */
  readAnnouncement(): Announcement | undefined {
    if (!existsSync(this.#announcement)) return undefined;
    try {
      return announcement.parse(JSON.parse(readFileSync(this.#announcement, 'utf8')));
    } catch {
      return undefined; // half-written by a crash, so as good as none
    }
  }

  #write(name: string, content: string): void {
    const path = join(this.path, name);
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/**
 * A PostgreSQL server of our own, with a socket in a folder of its own and no port, so that it meets no other server. It
 * runs as somebody without rights, as it refuses to run as root.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export interface PostgresServer {
  /** Of a database that is empty at first. */
  readonly url: string;
  /** Stops it at once, as a loss of power would, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const installPostgres = 'apt-get install postgresql-15';

/** The folder with the programs of the newest version that is installed. */
export function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).toSorted((left, right) => Number(right) - Number(left));
  return versions.map((version) => join(root, version, 'bin')).find((folder) => existsSync(join(folder, 'postgres')));
}

/** Nothing of it has to survive the machine, so it does not flush unless it is asked to. */
export async function startPostgres({ isFlushed = false } = {}): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error(`Cannot start PostgreSQL: it is not installed; ${installPostgres}`);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pg-'));
  chmodSync(folder, 0o700);
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const made = spawnSync(join(programs, 'initdb'), ['-D', data, '-U', 'holdfast', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'], { ...user, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`Cannot make a database: ${made.stderr}`);

  const url = `postgres://holdfast@localhost/postgres?host=${encodeURIComponent(folder)}`;
  const start = async () => {
    const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, `fsync=${isFlushed ? 'on' : 'off'}`, 'max_connections=120'];
    const child = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4000);
    });
    while (!(await answers(url))) {
      if (child.exitCode !== null) throw new Error(`Cannot start PostgreSQL: ${log}`);
      await delay(20);
    }
    return child;
  };
  let child = await start();
  const halt = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const gone = once(child, 'exit');
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await gone;
    }
  };
  return {
    url,
    restart: async () => {
      await halt('SIGQUIT');
      child = await start();
    },
    stop: async () => {
      await halt('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whom to run as instead of root: the user that the package made, or nobody. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((each) => each.startsWith('postgres:'));
  const [, , uid = '65534', gid = '65534'] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

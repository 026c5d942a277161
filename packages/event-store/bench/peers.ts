/** The peers are no dependencies of the repository: they are installed beside the benchmark when it first runs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Missing } from './report.ts';

const folder = fileURLToPath(new URL('peers/', import.meta.url));
const install = 'npm install --prefix packages/event-store/bench/peers';

/** A package of `bench/peers`, installed if it is not. */
export function peer(name: string): unknown {
  if (!existsSync(join(folder, 'node_modules', name))) {
    process.stderr.write('installing the peers of the benchmark\n');
    const installed = spawnSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: 'ignore', timeout: 300_000 });
    if (installed.status !== 0) throw new Missing(`${name} is not installed: ${install}`);
  }
  try {
    return createRequire(join(folder, 'package.json'))(name);
  } catch (cause) {
    throw new Missing(`${name} cannot be loaded (${String(cause)}): ${install}`, { cause });
  }
}

/** A Redis server of our own that flushes every write before it answers. */
export async function startRedis(at: string): Promise<{ readonly socket: string; stop(): Promise<void> }> {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) throw new Missing('Redis is not installed: apt-get install redis-server');
  const socket = join(at, 'redis.sock');
  const settings = ['--port', '0', '--unixsocket', socket, '--dir', at, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
  const server = spawn('redis-server', settings, { stdio: 'ignore' });
  while (!existsSync(socket)) {
    if (server.exitCode !== null) throw new Missing(`Redis ended with code ${server.exitCode}`);
    await delay(20);
  }
  return {
    socket,
    stop: async () => {
      const gone = once(server, 'exit');
      server.kill('SIGTERM');
      await gone;
    },
  };
}

/**
 * Redis as an event store: a stream for each task, appended to by a script that checks the expected version, counts the
 * global position and is flushed before it answers.
 */
import { peer, startRedis } from './peers.ts';
import { withFolder } from './scratch.ts';

const script = `
  local version = redis.call('XLEN', KEYS[1])
  if ARGV[1] ~= '-1' and tonumber(ARGV[1]) ~= version then return -version - 1 end
  local position = redis.call('INCR', 'position')
  redis.call('XADD', KEYS[1], (version + 1) .. '-0', 'position', position, 'type', ARGV[2], 'data', ARGV[3])
  return version + 1`;

interface Client {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  scriptLoad(text: string): Promise<string>;
  evalSha(hash: string, call: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>;
  destroy(): void;
}

/** Appends one event; gives the new version, or how far the stream is as `-version - 1` when it expected another one. */
export type RedisAppend = (stream: string, expectedVersion: number, type: string, json: string) => Promise<number>;

export async function withRedis<Result>(run: (append: RedisAppend) => Promise<Result>): Promise<Result> {
  const { createClient } = peer('redis') as { createClient: (options: object) => Client };
  return withFolder(async (folder) => {
    const server = await startRedis(folder);
    const client = createClient({ socket: { path: server.socket } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const hash = await client.scriptLoad(script);
      return await run(async (stream, expectedVersion, type, json) => Number(await client.evalSha(hash, { keys: [stream], arguments: [String(expectedVersion), type, json] })));
    } finally {
      client.destroy();
      await server.stop();
    }
  });
}

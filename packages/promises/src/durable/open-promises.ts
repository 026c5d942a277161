import { EmbeddedBackend } from '../machine/embedded-backend.ts';
import { openPostgres } from '../postgres/open.ts';
import { probe } from '../remote/probe.ts';
import { httpBackend, resonatePostgresBackend, resonateSchema, type RemoteBackend } from '../remote/remote-backend.ts';
import { Engine } from './engine.ts';
import { resolveEngineOptions, type OpenPromisesOptions, type RemotePromisesOptions, type ResolvedEngineOptions } from './open-promises-options.ts';
import type { Promises } from './promises.ts';

/**
 * Opens durable functions where the mode says. No variable of the environment changes it.
 *
 * @throws HOLDFAST_PROMISES_STORE_LOCKED, HOLDFAST_PROMISES_STORE_FOREIGN, HOLDFAST_PROMISES_STORE_NEWER, HOLDFAST_PROMISES_STORE_FAILED
 * @throws HOLDFAST_PROMISES_UNAVAILABLE, HOLDFAST_PROMISES_UNAUTHORIZED, HOLDFAST_PROMISES_INCOMPATIBLE in remote mode
 * @throws TypeError for a name of a schema, or a number of runs, that cannot be one
 */
export async function openPromises(options: OpenPromisesOptions): Promise<Promises> {
  const resolved = resolveEngineOptions(options);
  const pid = resolved.newId();
  if (options.mode === 'remote') return openRemote(options, resolved, pid);
  const where = options.mode === 'local' ? { path: options.path, durability: options.durability ?? ('power' as const) } : { path: ':memory:', durability: 'process' as const };
  return new Engine(new EmbeddedBackend({ ...resolved, ...where, pid }), pid, resolved);
}

async function openRemote(remote: RemotePromisesOptions, options: ResolvedEngineOptions, pid: string): Promise<Promises> {
  if (!/^postgres(?:ql)?:/u.test(remote.url)) return openProbed(httpBackend(remote, pid, options.now), pid, options);
  if (remote.schema === resonateSchema) return openProbed(await resonatePostgresBackend(remote, pid, options.now), pid, options);
  return new Engine(await openPostgres(remote, pid, options), pid, options);
}

/** Only a server that was found to do what is needed is used. */
async function openProbed(backend: RemoteBackend, pid: string, options: ResolvedEngineOptions): Promise<Promises> {
  try {
    await probe({ ...options, backend, pid });
    return new Engine(backend, pid, options);
  } catch (error) {
    await backend.close();
    throw error;
  }
}

import { EmbeddedBackend } from '../machine/embedded-backend.ts';
import { Engine } from './engine.ts';
import { probe } from '../remote/probe.ts';
import { RemoteBackend } from '../remote/remote-backend.ts';
import { resolveEngineOptions, type OpenPromisesOptions, type RemotePromisesOptions, type ResolvedEngineOptions } from './open-promises-options.ts';
import type { Promises } from './promises.ts';

/**
 * Opens durable functions where the mode says. No variable of the environment changes it.
 *
 * @throws HOLDFAST_PROMISES_STORE_LOCKED, HOLDFAST_PROMISES_STORE_FOREIGN, HOLDFAST_PROMISES_STORE_NEWER, HOLDFAST_PROMISES_STORE_FAILED
 * @throws HOLDFAST_PROMISES_UNAVAILABLE, HOLDFAST_PROMISES_UNAUTHORIZED, HOLDFAST_PROMISES_INCOMPATIBLE in remote mode
 */
export async function openPromises(options: OpenPromisesOptions): Promise<Promises> {
  const resolved = resolveEngineOptions(options);
  const pid = resolved.newId();
  if (options.mode === 'remote') return openRemote(options, resolved, pid);
  const where = options.mode === 'local' ? { path: options.path, durability: options.durability ?? ('power' as const) } : { path: ':memory:', durability: 'process' as const };
  return new Engine(new EmbeddedBackend({ ...resolved, ...where, pid }), pid, resolved);
}

/** Only a server that was found to do what is needed is used. */
async function openRemote({ url, token, group = 'default' }: RemotePromisesOptions, options: ResolvedEngineOptions, pid: string): Promise<Promises> {
  const backend = new RemoteBackend({ url, group, pid, now: options.now, ...(token !== undefined && { token }) });
  try {
    await probe({ ...options, backend, pid });
    return new Engine(backend, pid, options);
  } catch (error) {
    await backend.close();
    throw error;
  }
}

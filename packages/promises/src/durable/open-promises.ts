import { EmbeddedBackend } from '../machine/embedded-backend.ts';
import { Engine } from './engine.ts';
import { resolveEngineOptions, type LocalPromisesOptions, type MemoryPromisesOptions } from './open-promises-options.ts';
import type { Promises } from './promises.ts';

/**
 * Opens durable functions where the mode says. No variable of the environment changes it.
 *
 * @throws HOLDFAST_PROMISES_STORE_LOCKED, HOLDFAST_PROMISES_STORE_FOREIGN, HOLDFAST_PROMISES_STORE_NEWER, HOLDFAST_PROMISES_STORE_FAILED
 */
export async function openPromises(options: LocalPromisesOptions | MemoryPromisesOptions): Promise<Promises> {
  const resolved = resolveEngineOptions(options);
  const pid = resolved.newId();
  const where = options.mode === 'local' ? { path: options.path, durability: options.durability ?? ('power' as const) } : { path: ':memory:', durability: 'process' as const };
  return new Engine(new EmbeddedBackend({ ...resolved, ...where, pid }), pid, resolved);
}

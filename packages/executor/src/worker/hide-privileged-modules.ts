import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Error, Object, Reflect } from './intrinsics.ts';

/** What the control thread needs the permission for, and user code must not have. */
const privileged = {
  'node:worker_threads': ['Worker'],
  'node:inspector': ['Session', 'open', 'waitForDebugger'],
  'node:inspector/promises': ['Session', 'open', 'waitForDebugger'],
} as const;

/** Keeps threads and the inspector from user code of a restricted session, however it comes by their modules. */
export function hidePrivilegedModules(): void {
  const require = createRequire(import.meta.url);
  // All are loaded before one is changed, because they build on each other.
  const modules = Object.entries(privileged).map(([name, members]): [string, readonly string[], object] => [name, members, require(name)]);
  for (const [name, members, module] of modules) {
    for (const member of members) {
      Reflect.set(module, member, function refuse() {
        throw new Error(`Cannot use ${member} of "${name}": the session is restricted`);
      });
    }
  }
  syncBuiltinESMExports();
}

/**
 * What Node's permission model leaves open or has to be granted to the control thread, kept from user code of a
 * restricted session. Each was tried: see the attempts in the tests.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { Error, Object, Reflect, process } from './intrinsics.ts';

/** By module, what is refused. */
const refused = {
  // The control thread needs the permission for both.
  'node:worker_threads': ['Worker'],
  'node:inspector': ['Session', 'open', 'waitForDebugger'],
  'node:inspector/promises': ['Session', 'open', 'waitForDebugger'],
  // SQLite opens and attaches files by itself, and V8 writes files for some of its flags.
  'node:sqlite': ['DatabaseSync', 'backup'],
  'node:v8': ['setFlagsFromString', 'setHeapSnapshotNearHeapLimit'],
  'node:trace_events': ['createTracing'],
} as const;

const signals: Readonly<Record<string, number>> = constants.signals;

/** A signal could end the server, or have it open a debugger that this process could use. */
const refusedOfProcess = ['_kill', '_debugProcess', '_debugEnd'] as const;

/** Keeps these from user code, however it comes by their modules. */
export function hidePrivilegedModules(): void {
  const require = createRequire(import.meta.url);
  // All are loaded before one is changed, because they build on each other.
  const modules = Object.entries(refused).map(([name, members]): [string, readonly string[], object] => [name, members, require(name)]);
  for (const [name, members, module] of modules) for (const member of members) refuse(module, member, name);
  refusePipes(require('node:net'));
  syncBuiltinESMExports();
  hideSignals();
}

/** Only this process may be signalled. Node's own function looks for `_kill` on the process, where it is refused. */
function hideSignals(): void {
  const { pid } = process;
  const sendSignal: unknown = Reflect.get(process, '_kill');
  const killSelf: typeof process.kill = (target, signal = 'SIGTERM') => {
    if (target !== pid) throw new Error(`Cannot signal process ${target}: the session is restricted`);
    const number = typeof signal === 'number' ? signal : signals[signal];
    const isSent = typeof sendSignal === 'function' && number !== undefined && Reflect.apply(sendSignal, process, [pid, number]) === 0;
    if (!isSent) throw new Error(`Cannot send signal "${signal}": there is none of that name or number`);
    return true;
  };
  Object.defineProperty(process, 'kill', { value: killSelf, writable: false, configurable: false });
  for (const member of refusedOfProcess) refuse(process, member, 'node:process');
}

interface NetInternals {
  readonly Server: { readonly prototype: object };
}

/** A server on a path makes a file there, which the permission model does not look at. */
function refusePipes(net: NetInternals): void {
  for (const [owner, member] of [[net.Server.prototype, '_listen2'], [net.Server.prototype, '_setupListenHandle'], [net, '_createServerHandle']] as const) {
    const listen: unknown = Reflect.get(owner, member);
    if (typeof listen !== 'function') continue;
    const value = function listenWherePermitted(this: unknown, ...values: readonly unknown[]): unknown {
      const [path, port] = values;
      if (typeof path === 'string' && (port === -1 || port === null) && !process.permission?.has('fs.write', path)) {
        throw new Error(`Cannot listen at "${path}": the session is restricted`);
      }
      return Reflect.apply(listen, this, values);
    };
    Object.defineProperty(owner, member, { value, writable: false, configurable: false });
  }
}

function refuse(owner: object, member: string, name: string): void {
  const value = function refuseUse(): never {
    throw new Error(`Cannot use ${member} of "${name}": the session is restricted`);
  };
  if (!Reflect.defineProperty(owner, member, { value, writable: false, configurable: false, enumerable: true })) Reflect.set(owner, member, value);
}

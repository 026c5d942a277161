import { realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configOf, type ExecutorConfig } from '../config/executor-config.ts';
import { encodeSettings, type WorkerSettings } from '../worker-settings.ts';
import { workerEnvironment } from './environment.ts';
import type { GrantedPaths } from './granted-paths.ts';
import type { IsolationLevel } from './isolation-level.ts';
import { permissionFlags } from './permissions.ts';
import { sandboxArguments, sandboxProgram } from './sandbox.ts';
import type { WorkerOptions } from './worker-process.ts';
import type { WritableFolder } from './writable-folder.ts';

/** What is started for a worker. */
export interface Launch {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How a worker of these options is started. @param folder the folder that it may write to, at any level but `process` */
export function planLaunch(options: WorkerOptions, folder: WritableFolder | undefined): Launch {
  const { isolation = 'process', environment = {}, hiddenPaths = [] } = options;
  const directory = realpathSync(options.directory ?? process.cwd());
  const granted = folder && { directory, writableDirectory: folder.path, hiddenPaths };
  const config = configOf(options);
  const node = [...workerFlags(config, isolation === 'restricted' ? granted : undefined), ...workerProgram(config)];
  return {
    ...(isolation === 'sandbox' && granted
      ? { command: sandboxProgram, arguments: [...sandboxArguments(granted, process.execPath), process.execPath, ...node] }
      : { command: process.execPath, arguments: node }),
    directory,
    environment: {
      ...workerEnvironment(process.env, environment),
      ...(folder && { TMPDIR: folder.path, TEMP: folder.path, TMP: folder.path }),
      ...(folder && isolation === 'sandbox' && { HOME: folder.path }),
    },
  };
}

/** The signal that ended a program inside a sandbox, which tells it by its exit code as a shell does. */
export function signalInside(isolation: IsolationLevel | undefined, code: number | null): string | undefined {
  if (isolation !== 'sandbox' || code === null || code <= 128) return undefined;
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}

function workerFlags({ maxHeapMegabytes }: ExecutorConfig, restricted: GrantedPaths | undefined): string[] {
  return [
    ...conditions(process.execArgv),
    // A termination inside a timer callback would abort the process without it.
    '--no-force-async-hooks-checks',
    '--disable-warning=ExperimentalWarning',
    `--max-old-space-size=${maxHeapMegabytes}`,
    ...(restricted ? permissionFlags(restricted) : []),
  ];
}

/** What a worker is told of a configuration. */
export function settingsOf({ maxMemoryBytes, heartbeatIntervalMs, cancelGraceMs, cacheSize, fallback, blocking }: ExecutorConfig): WorkerSettings {
  return { ...(maxMemoryBytes !== undefined && { maxMemoryBytes }), heartbeatIntervalMs, cancelGraceMs, cacheSize, fallback, blocking };
}

function workerProgram(config: ExecutorConfig): string[] {
  const settings = encodeSettings(settingsOf(config));
  return [fileURLToPath(import.meta.resolve('@holdfast/executor/worker')), settings];
}

/** The flags of this process that say how packages are resolved; no other concerns a worker. */
function conditions(flags: readonly string[]): string[] {
  return flags.flatMap((flag, index) => {
    if (/^(?:--conditions|-C)=/u.test(flag)) return [flag];
    return flag === '--conditions' || flag === '-C' ? [`--conditions=${flags[index + 1] ?? ''}`] : [];
  });
}

import type { BlockingConfig } from './config/executor-config.ts';

/** What a host tells a worker when it starts it. It travels as an argument, which the worker hides from user code. */
export interface WorkerSettings {
  /** How much memory the process may use while a cell grows it, in bytes. */
  readonly maxMemoryBytes?: number;
  readonly heartbeatIntervalMs?: number;
  /** How long a cancelled cell may spend in its `finally` blocks. */
  readonly cancelGraceMs?: number;
  readonly cacheSize?: number;
  readonly fallback?: 'never' | 'return' | 'always';
  readonly blocking?: BlockingConfig;
}

export function encodeSettings(settings: WorkerSettings): string {
  return JSON.stringify(settings);
}

export function decodeSettings(text = '{}'): WorkerSettings {
  // Written by the host that starts this worker, with the same version of this package.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text) as WorkerSettings;
}

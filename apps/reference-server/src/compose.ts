import { createMemoryEventStore, type EventStore } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { SessionManager, type ExecutorOptions, type IsolationLevel, type SessionWarning } from '@holdfast/executor';
import {
  createMemoryCheckpointStore,
  createSessionTestRunner,
  HoldfastService,
  openFolderCheckpointStore,
  type CheckpointStore,
  type Coder,
  type SessionFolders,
} from '@holdfast/orchestrator';
import { openPromises, type Promises } from '@holdfast/promises/durable';
import { startServer, type RunningServer, type ServerOptions } from '@holdfast/server';
import type { DataFolder } from './data-folder.ts';
import { humanCapabilities, offerCapabilities } from './offer-capabilities.ts';

/** Where everything is kept. */
export interface Stores {
  readonly events: EventStore;
  readonly promises: Promises;
  readonly checkpoints: CheckpointStore;
}

export interface ServiceOptions extends Stores {
  /** Where the code of sessions starts. */
  readonly directory: string;
  /** Each coding task gets a folder in here. */
  readonly tasksDirectory: string;
  readonly maxSessions: number;
  readonly maxMemoryMegabytes: number;
  /** Workers kept ready ahead. */
  readonly warmWorkers: number;
  /** What code may ask for as `capabilities.NAME(input)`: `human` is people who answer promises. @default nothing */
  readonly grants?: readonly string[];
  /** How sessions run cells, beside what is named here. */
  readonly executor?: ExecutorOptions;
  /** Told of what went wrong beside the executions. @default nobody */
  readonly onWarning?: (warning: SessionWarning) => void;
  /** @default 'process' */
  readonly isolation?: IsolationLevel;
  /** A folder for each session, at every level but `process`. */
  readonly folders?: SessionFolders;
  /** What sessions must not see. @default nothing */
  readonly hiddenPaths?: readonly string[];
  /** What writes the code of tasks. @default none: they are refused */
  readonly coder?: Coder | undefined;
  readonly onFault?: ((error: unknown) => void) | undefined;
}

export interface HoldfastOptions extends ServiceOptions {
  readonly server: ServerOptions;
}

/** A service without faces, that runs in this process. */
export interface OpenedService {
  readonly service: HoldfastService;
  /** Ends tasks and sessions, then closes the stores. */
  close(): Promise<void>;
}

/** A whole Holdfast that runs in this process. */
export interface Holdfast {
  readonly service: HoldfastService;
  readonly server: RunningServer;
  /** Stops the faces, then the sessions, then the stores. */
  close(): Promise<void>;
}

/** Stores that live in a data folder. */
export async function openStores(folder: DataFolder, durability: 'power' | 'process'): Promise<Stores> {
  const events = await openSqliteEventStore({ path: folder.events, durability });
  try {
    const promises = await openPromises({ mode: 'local', path: folder.promises, durability });
    return { events, promises, checkpoints: openFolderCheckpointStore(folder.checkpoints) };
  } catch (error) {
    await events.close();
    throw error;
  }
}

/** Stores that end with this process. */
export async function openMemoryStores(): Promise<Stores> {
  return { events: createMemoryEventStore(), promises: await openPromises({ mode: 'memory' }), checkpoints: createMemoryCheckpointStore() };
}

/** Puts the packages together. The stores are closed with it, also when it does not open. */
export async function openService(options: ServiceOptions): Promise<OpenedService> {
  const { events, promises, checkpoints, directory, tasksDirectory, maxSessions, maxMemoryMegabytes, isolation = 'process', hiddenPaths = [], coder, onFault } = options;
  const folders = isolation === 'process' ? undefined : options.folders;
  const { executor = {}, onWarning, grants = [], warmWorkers } = options;
  const limits = { maxMemoryBytes: maxMemoryMegabytes * 1024 ** 2, ...executor, isolation, hiddenPaths, ...(onWarning && { onWarning }) };
  const capabilities = humanCapabilities(promises.external);
  // A worker that waits is locked into a folder already, which becomes that of the session that takes it.
  const warmWorkerOptions = folders && (() => {
    const folder = folders.addSpare();
    return { directory: folder, writableDirectory: folder };
  });
  const sessions = new SessionManager({ maxSessions, warmWorkers, ...(warmWorkerOptions && { warmWorkerOptions }), defaults: { directory, capabilityTimeoutMs: dayMs, ...limits, ...offerCapabilities(capabilities, grants) } });
  // Sessions of users take no place from the tests of tasks.
  const testers = new SessionManager({ defaults: limits });
  const opened: { close(): Promise<void> }[] = [events, promises, sessions, testers];
  try {
    const coding = coder && { coder, testRunner: createSessionTestRunner({ sessions: testers, directory: tasksDirectory }) };
    const ports = { events, promises, checkpoints, sessions, directory, isolation, answerForm: (kind: string) => capabilities.answerSchema(kind) };
    const service = await HoldfastService.open({ ...ports, ...(folders && { folders }), ...(coding && { coding }), ...(onFault && { onFault }) });
    opened.push(service);
    return { service, close: async () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** People may take their time. */
const dayMs = 86_400_000;

/** Opens a service and starts its faces. */
export async function startHoldfast({ server: options, ...rest }: HoldfastOptions): Promise<Holdfast> {
  const opened = await openService({ onFault: options.onFault, ...rest });
  try {
    const server = await startServer(opened.service, { tasks: opened.service.tasks, ...options });
    return { service: opened.service, server, close: async () => closeAll([opened, server]) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Closes the last opened first, and the others also when one fails. */
async function closeAll(opened: readonly { close(): Promise<void> }[]): Promise<void> {
  const [last, ...rest] = opened.toReversed();
  try {
    await last?.close();
  } finally {
    if (rest.length > 0) await closeAll(rest.toReversed());
  }
}

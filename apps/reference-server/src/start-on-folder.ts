import { openSessionFolders } from '@holdfast/orchestrator';
import { chooseIsolation } from './choose-isolation.ts';
import { openCoder } from './coder.ts';
import { openStores, startHoldfast, type Holdfast } from './compose.ts';
import type { Configuration } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import { createLog } from './log.ts';
import { reportError } from './terminal/report-error.ts';
import { reportWarning } from './terminal/report-warning.ts';

export interface FolderOptions {
  /** Clients need none. @default false */
  readonly withoutToken?: boolean;
  /** Whether nothing but MCP is served. @default false */
  readonly mcpOnly?: boolean;
}

/** A Holdfast on a data folder, and what it was started with. */
export interface FolderHoldfast extends Holdfast {
  /** What clients present; undefined where they need none. */
  readonly token: string | undefined;
  /** For a person: what is special about it. */
  readonly notes: readonly string[];
}

/**
 * Starts a Holdfast on a data folder as the configuration says, and announces it there. The lock of the stores decides
 * who may: a second one is refused and changes nothing.
 *
 * @throws HOLDFAST_EVENT_STORE_LOCKED, HOLDFAST_CLI_ISOLATION, HOLDFAST_CLI_MODEL_UNAVAILABLE
 */
export async function startOnFolder(folder: DataFolder, configuration: Configuration, { withoutToken = false, mcpOnly = false }: FolderOptions = {}): Promise<FolderHoldfast> {
  const { host, port, allowedHosts, drainMs, durability, maxSessions, maxMemoryMegabytes, warmWorkers, executor } = configuration;
  const isolation = await chooseIsolation(configuration.isolation);
  const coder = await openCoder(configuration);
  folder.create();
  const stores = await openStores(folder, durability);
  // Only whoever holds the stores may change the token, so a second server leaves that of the first alone.
  const token = withoutToken ? undefined : folder.keepToken(configuration.token);
  if (token === undefined) folder.removeToken();
  const holdfast = await startHoldfast({
    ...stores,
    directory: folder.workspace,
    tasksDirectory: folder.tasks,
    coder,
    maxSessions,
    maxMemoryMegabytes,
    warmWorkers,
    isolation,
    grants: ['human'],
    executor,
    onWarning: reportWarning,
    folders: openSessionFolders(folder.sessions),
    hiddenPaths: [folder.path],
    server: { mcpOnly, host, port, allowedHosts, drainMs, log: createLog(configuration.logLevel), ...(token !== undefined && { token }), onFault: reportError },
  });
  folder.announce({ url: holdfast.server.url, pid: process.pid, mcpOnly });
  const notes = [`data in ${folder.path}`, `isolation ${isolation}`, ...(token === undefined ? ['no token'] : []), ...(coder ? [`model ${coder.name}`] : [])];
  return { ...holdfast, token, notes };
}

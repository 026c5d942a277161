import { once } from 'node:events';
import { openSessionFolders } from '@holdfast/orchestrator';
import { readConfiguration } from '../config.ts';
import { openStores, startHoldfast } from '../compose.ts';
import { chooseIsolation } from '../choose-isolation.ts';
import { openCoder } from '../coder.ts';
import { DataFolder } from '../data-folder.ts';
import { cliError } from '../errors.ts';
import { createLog } from '../log.ts';
import { reportWarning } from '../terminal/report-warning.ts';
import { reportError } from '../terminal/report-error.ts';

/** `holdfast serve`: the server in the foreground, until a signal ends it. */
export async function serve(flags: Readonly<Record<string, unknown>> & { readonly withoutToken: boolean; readonly mcpOnly: boolean }): Promise<number> {
  const configuration = readConfiguration(flags, process.env);
  const { port, host, data, token: given, durability, maxSessions, maxMemoryMegabytes, warmWorkers, allowedHosts, drainMs, logLevel } = configuration;
  if (flags.withoutToken && given !== undefined) throw cliError('HOLDFAST_CLI_USAGE', 'Cannot use --no-token: a token is set by --token, HOLDFAST_TOKEN or holdfast.config.json');
  const isolation = await chooseIsolation(configuration.isolation);
  const coder = await openCoder(configuration);
  const folder = new DataFolder(data);
  folder.create();
  const stores = await openStores(folder, durability);
  // Only whoever holds the stores may change the token, so a second server leaves that of the first alone.
  const token = flags.withoutToken ? undefined : folder.keepToken(given);
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
    executor: configuration.executor,
    onWarning: reportWarning,
    folders: openSessionFolders(folder.sessions),
    hiddenPaths: [folder.path],
    server: { mcpOnly: flags.mcpOnly, host, port, allowedHosts, drainMs, ...createLog(logLevel), ...(token !== undefined && { token }), onFault: reportError },
  });
  folder.announce({ url: holdfast.server.url, pid: process.pid });
  process.stdout.write(`Holdfast listens on ${holdfast.server.url} (data in ${folder.path}, isolation ${isolation}${token === undefined ? ', no token' : ''}${coder ? `, model ${coder.name}` : ''})\n`);

  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  process.once('SIGINT', () => process.exit(130)); // the second one does not wait
  folder.withdraw();
  await holdfast.close();
  return 0;
}

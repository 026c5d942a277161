import { once } from 'node:events';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { cliError } from '../errors.ts';
import { startOnFolder } from '../start-on-folder.ts';

/** `holdfast serve`: the server in the foreground, until a signal ends it. */
export async function serve(flags: Readonly<Record<string, unknown>> & { readonly withoutToken: boolean; readonly mcpOnly: boolean }): Promise<number> {
  const configuration = readConfiguration(flags, process.env);
  if (flags.withoutToken && configuration.token !== undefined) {
    throw cliError('HOLDFAST_CLI_USAGE', 'Cannot use --no-token: a token is set by --token, HOLDFAST_TOKEN or holdfast.config.json');
  }
  const folder = new DataFolder(configuration.data);
  const holdfast = await startOnFolder(folder, configuration, flags);
  process.stdout.write(`Holdfast listens on ${holdfast.server.url} (${holdfast.notes.join(', ')})\n`);

  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  process.once('SIGINT', () => process.exit(130)); // the second one does not wait
  folder.withdraw();
  await holdfast.close();
  return 0;
}

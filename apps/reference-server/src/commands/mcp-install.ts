import { getServer } from '../client/running-server.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { configurationOf, mcpClients, type Connection, type McpClient } from '../mcp/client-configuration.ts';

export interface McpInstallFlags {
  readonly client?: McpClient;
  readonly http: boolean;
  readonly data?: string;
}

/** `holdfast mcp install`: prints the exact configuration of an MCP client, or of all; writes nothing. */
export async function mcpInstall({ client, http, ...flags }: McpInstallFlags): Promise<number> {
  const folder = new DataFolder(readConfiguration({ ...flags }, process.env).data);
  const connection = http ? await overHttp(folder) : { command: 'npx', args: ['-y', 'holdfast', 'mcp', '--data', folder.path] };
  const chosen = client === undefined ? mcpClients : [client];
  for (const each of chosen) {
    const { title, where, text } = configurationOf(each, connection);
    // Alone, the configuration is all there is on standard output, for who pipes it to a file.
    if (chosen.length === 1) process.stderr.write(`${title}: ${where}\n`);
    process.stdout.write(chosen.length === 1 ? `${text}\n` : `${title}: ${where}\n\n${text.replaceAll(/^/gmu, '  ')}\n\n`);
  }
  return 0;
}

async function overHttp(folder: DataFolder): Promise<Connection> {
  const { url, token } = await getServer(folder, 'tell its MCP address');
  return { url: `${url}/mcp`, token };
}

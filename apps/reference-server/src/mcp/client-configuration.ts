/** How an MCP client is told of Holdfast: what to write, and where. */
export interface ClientConfiguration {
  readonly title: string;
  /** The file that it reads, or what to do instead. */
  readonly where: string;
  readonly text: string;
}

/** How to start `holdfast mcp`, or where its server is. */
export type Connection = { readonly command: string; readonly args: readonly string[] } | { readonly url: string; readonly token: string | undefined };

/** The clients that `holdfast mcp install` knows. */
export const mcpClients = ['claude-code', 'claude-desktop', 'codex', 'cursor', 'gemini', 'vscode', 'windsurf', 'zed'] as const;
export type McpClient = (typeof mcpClients)[number];

/** The exact configuration of a client. */
export function configurationOf(client: McpClient, connection: Connection): ClientConfiguration {
  switch (client) {
    case 'claude-code':
      return { title: 'Claude Code', where: 'Run this, or write it to .mcp.json of the project as "mcpServers"', text: claudeCode(connection) };
    case 'claude-desktop':
      return { title: 'Claude Desktop', where: 'claude_desktop_config.json (Settings, Developer, Edit Config)', text: json({ mcpServers: { holdfast: stdioOnly(connection) } }) };
    case 'codex':
      return { title: 'Codex', where: '~/.codex/config.toml', text: toml(connection) };
    case 'cursor':
      return { title: 'Cursor', where: '~/.cursor/mcp.json, or .cursor/mcp.json of the project', text: json({ mcpServers: { holdfast: entry(connection, 'url') } }) };
    case 'gemini':
      return { title: 'Gemini CLI', where: '~/.gemini/settings.json', text: json({ mcpServers: { holdfast: entry(connection, 'httpUrl') } }) };
    case 'vscode':
      return { title: 'VS Code', where: '.vscode/mcp.json of the project', text: json({ servers: { holdfast: { type: 'url' in connection ? 'http' : 'stdio', ...entry(connection, 'url') } } }) };
    case 'windsurf':
      return { title: 'Windsurf', where: '~/.codeium/windsurf/mcp_config.json', text: json({ mcpServers: { holdfast: entry(connection, 'serverUrl') } }) };
    case 'zed':
      return { title: 'Zed', where: 'settings.json', text: json({ context_servers: { holdfast: entry(connection, 'url') } }) };
  }
}

function entry(connection: Connection, urlKey: string): object {
  if (!('url' in connection)) return connection;
  return { [urlKey]: connection.url, ...(connection.token !== undefined && { headers: { Authorization: `Bearer ${connection.token}` } }) };
}

/** A client that starts programs and knows no address gets one that speaks to it. */
function stdioOnly(connection: Connection): object {
  if (!('url' in connection)) return connection;
  const header = connection.token === undefined ? [] : ['--header', `Authorization: Bearer ${connection.token}`];
  return { command: 'npx', args: ['-y', 'mcp-remote', connection.url, ...header] };
}

function claudeCode(connection: Connection): string {
  if (!('url' in connection)) return `claude mcp add holdfast -- ${[connection.command, ...connection.args].map(quote).join(' ')}`;
  const header = connection.token === undefined ? '' : ` --header ${quote(`Authorization: Bearer ${connection.token}`)}`;
  return `claude mcp add --transport http holdfast ${quote(connection.url)}${header}`;
}

function toml(connection: Connection): string {
  const body = 'url' in connection ? { url: connection.url, ...(connection.token !== undefined && { http_headers: { Authorization: `Bearer ${connection.token}` } }) } : connection;
  const value = (each: unknown): string => (typeof each === 'object' && each !== null && !Array.isArray(each) ? `{ ${Object.entries(each).map(([name, part]) => `${name} = ${value(part)}`).join(', ')} }` : JSON.stringify(each));
  return ['[mcp_servers.holdfast]', ...Object.entries(body).map(([name, each]) => `${name} = ${value(each)}`)].join('\n');
}

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

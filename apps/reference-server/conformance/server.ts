import { tmpdir } from 'node:os';
import { openMemoryStores, startHoldfast } from '../src/compose.ts';
import { withFixtures } from './fixture-surface.ts';

/** A whole Holdfast in memory, whose MCP address offers the fixtures as well. Anybody on this machine may use it. */
export async function startConformanceServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const holdfast = await startHoldfast({
    ...(await openMemoryStores()),
    directory: tmpdir(),
    tasksDirectory: tmpdir(),
    maxSessions: 16,
    maxMemoryMegabytes: 512,
    warmWorkers: 0,
    server: { port: 0, extendMcp: withFixtures },
  });
  return { url: `${holdfast.server.url}/mcp`, close: async () => holdfast.close() };
}

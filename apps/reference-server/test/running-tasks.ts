import { tmpdir } from 'node:os';
import { openMemoryStores, startHoldfast, type Holdfast } from '../src/compose.ts';
import { MemoryTaskService } from './memory-task-service.ts';
import { token } from './running-holdfast.ts';

/** A whole Holdfast in memory whose tasks the test drives. Close it. */
export async function startWithTasks(server: { readonly tokens?: Readonly<Record<string, string>> } = {}): Promise<Holdfast & { readonly tasks: MemoryTaskService }> {
  const stores = await openMemoryStores();
  const tasks = new MemoryTaskService(stores.events);
  const holdfast = await startHoldfast({ ...stores, directory: tmpdir(), tasksDirectory: tmpdir(), maxSessions: 16, maxMemoryMegabytes: 512, warmWorkers: 0, grants: ['human'], server: { port: 0, token, tasks, ...server } });
  return { ...holdfast, tasks };
}

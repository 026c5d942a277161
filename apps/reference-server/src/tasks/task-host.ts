import type { TaskService } from '@holdfast/orchestrator';
import { chooseIsolation } from '../choose-isolation.ts';
import { findServer } from '../client/running-server.ts';
import { openCoder } from '../coder.ts';
import { openService, openStores } from '../compose.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { reportError } from '../terminal/report-error.ts';
import { RemoteTasks } from './remote-tasks.ts';

/** What the commands need of tasks; a server and this very process both give it. */
export type Tasks = Pick<TaskService, 'submit' | 'get' | 'list' | 'cancel' | 'answer' | 'watch'>;

export interface TaskHost extends AsyncDisposable {
  readonly tasks: Tasks;
  /** Whether tasks run in this process and stop with it. */
  readonly isLocal: boolean;
  /** Whether tasks go on while the command runs: not in this process without a model. */
  readonly runsTasks: boolean;
}

export interface TaskFlags {
  readonly data?: string;
  readonly model?: string;
  readonly json: boolean;
}

/** The tasks of the running server of the data folder; without one, this process opens the folder itself. */
export async function openTasks({ data, model }: TaskFlags): Promise<TaskHost> {
  const configuration = readConfiguration({ data, model }, process.env);
  const folder = new DataFolder(configuration.data);
  const server = await findServer(folder);
  if (server) {
    if (model !== undefined) process.stderr.write(`holdfast: a server runs on this folder, so its own model counts and not "${model}"\n`);
    return { tasks: new RemoteTasks(server), isLocal: false, runsTasks: true, [Symbol.asyncDispose]: async () => undefined };
  }

  const coder = await openCoder(configuration);
  folder.create();
  const { durability, maxMemoryMegabytes } = configuration;
  const isolation = await chooseIsolation(configuration.isolation);
  const stores = await openStores(folder, durability);
  const places = { directory: folder.workspace, tasksDirectory: folder.tasks, hiddenPaths: [folder.path] };
  const options = { ...places, maxSessions: 1, maxMemoryMegabytes, warmWorkers: 0, isolation, coder, onFault: reportError };
  const opened = await openService({ ...stores, ...options });
  return { tasks: opened.service.tasks, isLocal: true, runsTasks: coder !== undefined, [Symbol.asyncDispose]: async () => opened.close() };
}

import type { TaskService, TaskView } from '@holdfast/orchestrator';
import { isOver } from '../task-end.ts';

/** A task, once it has a higher version than the client's, has ended, or the wait is over. */
export async function awaitNews(tasks: TaskService, taskId: string, { sinceVersion, signal }: { readonly sinceVersion: number | undefined; readonly signal: AbortSignal }): Promise<TaskView> {
  const view = await tasks.get(taskId);
  if (view.version > (sinceVersion ?? view.version) || isOver(view)) return view;
  await tasks.watch(taskId, { afterVersion: view.version, signal })[Symbol.asyncIterator]().next();
  return tasks.get(taskId);
}

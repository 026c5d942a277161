/** `holdfast tasks …`: submit, follow, look at, answer and cancel coding tasks. */
import type { TaskPriorityName } from '@holdfast/protocol';
import type { TaskView } from '@holdfast/orchestrator';
import { exitCodes, followTask } from '../tasks/follow-task.ts';
import { openTasks, type TaskFlags } from '../tasks/task-host.ts';
import { commandToGoOn, renderEnding } from '../tasks/timeline.ts';
import { renderTable } from '../terminal/table.ts';
import { valueOfAnswer } from '../terminal/value-of-answer.ts';

export interface RunTaskFlags extends TaskFlags {
  readonly watch: boolean;
  /** Approves whatever the task asks. */
  readonly yes: boolean;
  readonly id?: string;
  readonly priority?: TaskPriorityName;
  readonly timeout?: number;
}

export interface WatchTaskFlags extends TaskFlags {
  readonly yes: boolean;
}

/** Submits a task. Without a server it runs in this process, and so does the command until the task ends. */
export async function runTask(prompt: string, flags: RunTaskFlags): Promise<number> {
  await using host = await openTasks(flags);
  const { id, priority, timeout } = flags;
  const request = { prompt, ...(id !== undefined && { taskId: id }), ...(priority && { priority }), ...(timeout !== undefined && { timeoutMs: timeout }) };
  const submitted = await host.tasks.submit(request);
  if (flags.watch || host.isLocal) return await followTask(host, submitted.taskId, { ...flags, stream: flags.watch });
  process.stdout.write(flags.json ? `${JSON.stringify(submitted)}\n` : `Task ${submitted.taskId} ${submitted.status}\nholdfast tasks watch ${submitted.taskId}\n`);
  return 0;
}

export async function watchTask(taskId: string, flags: WatchTaskFlags): Promise<number> {
  await using host = await openTasks(flags);
  return await followTask(host, taskId, { ...flags, stream: true });
}

export async function listTasks({ status, ...flags }: TaskFlags & { readonly status?: TaskView['status'] }): Promise<number> {
  await using host = await openTasks(flags);
  const tasks = await host.tasks.list(status ? { status } : {});
  const rows = tasks.map(({ taskId, status: stands, priority, model, updatedAt, prompt }) => [taskId, stands, priority, model, updatedAt, firstLine(prompt)]);
  if (flags.json) process.stdout.write(`${JSON.stringify({ tasks })}\n`);
  else process.stdout.write(rows.length === 0 ? 'No tasks yet: holdfast tasks run "PROMPT" submits one\n' : renderTable(['TASK', 'STATUS', 'PRIORITY', 'MODEL', 'UPDATED', 'PROMPT'], rows));
  return 0;
}

export async function getTask(taskId: string, flags: TaskFlags): Promise<number> {
  await using host = await openTasks(flags);
  const task = await host.tasks.get(taskId);
  process.stdout.write(flags.json ? `${JSON.stringify(task)}\n` : renderEnding(task, host));
  return 0;
}

export async function cancelTask(taskId: string, flags: TaskFlags): Promise<number> {
  await using host = await openTasks(flags);
  const outcome = await host.tasks.cancel(taskId);
  process.stdout.write(flags.json ? `${JSON.stringify({ taskId, ...outcome })}\n` : `Task ${taskId} ${outcome.status}\n`);
  return outcome.cancelled ? 0 : 1;
}

/** Answers what a task asks. Without a server the task goes on in this process, until it ends or asks again; without a model the answer is kept for later. */
export async function answerTask(taskId: string, answer: string, flags: WatchTaskFlags & { readonly promise?: string }): Promise<number> {
  await using host = await openTasks(flags);
  const { promise: promiseId } = flags;
  const task = await host.tasks.answer(taskId, { value: valueOfAnswer(answer), ...(promiseId !== undefined && { promiseId }) });
  if (host.isLocal && host.runsTasks) return await followTask(host, taskId, { ...flags, afterVersion: task.version });
  const text = host.runsTasks ? `Task ${taskId} has its answer` : `Task ${taskId} has its answer and goes on with a model\n${commandToGoOn(task)}`;
  process.stdout.write(flags.json ? `${JSON.stringify(task)}\n` : `${text}\n`);
  return host.runsTasks ? 0 : exitCodes.waiting;
}

function firstLine(prompt: string): string {
  const [line = ''] = prompt.trim().split('\n');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

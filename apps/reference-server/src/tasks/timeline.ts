import { stripVTControlCharacters } from 'node:util';
import { toWorkflowEvent, type Event, type TaskView } from '@holdfast/orchestrator';
import type { TaskHost } from './task-host.ts';

const marks: Readonly<Record<string, string>> = {
  TEST_PASSED: '✓',
  TEST_FAILED: '✗',
  BUG_REPORT_RECEIVED: '✗',
  MODULE_COMPLETE: '✓',
  TASK_COMPLETE: '✓',
  TASK_FAILED: '✗',
  TASK_CANCELLED: '✗',
  QUESTION_ASKED: '?',
};

/** What stands above the timeline of a task. */
export function renderHeading({ taskId, model, isRecorded }: TaskView): string {
  const note = isRecorded ? '\nThe answers of this model were written earlier and are only played back; the code and its tests really run.' : '';
  return `Task ${taskId}, model ${model}${note}\n`;
}

/** One line for an event, with how long after the beginning it happened. */
export function renderEvent(event: Event, begun: number): string {
  const { type, at, message } = toWorkflowEvent(event);
  const after = `${((Date.parse(at) - begun) / 1000).toFixed(1)}s`.padStart(8);
  return `${after}  ${marks[type] ?? '·'} ${type.padEnd(21)} ${stripVTControlCharacters(message).replaceAll(/\s+/gu, ' ').slice(0, 160)}\n`;
}

/** What stands below it, once the task has ended or waits, with the command that takes it further. */
export function renderEnding(task: TaskView, host: Pick<TaskHost, 'isLocal' | 'runsTasks'>): string {
  const { taskId, status, result, error, questions, usage } = task;
  const used = usage.calls > 0 ? `Model calls: ${usage.calls}, tokens: ${usage.inputTokens} in, ${usage.outputTokens} out${usage.costUsd === null ? '' : `, $${usage.costUsd.toFixed(4)}`}\n` : '';
  const asked = questions.map(({ question }) => `Waits for an answer: ${question}\nholdfast tasks answer ${taskId} yes${host.isLocal ? modelFlag(task) : ''}\n`).join('');
  const stands = !host.runsTasks && ['created', 'queued', 'running'].includes(status) ? `Goes on with a model\n${commandToGoOn(task)}\n` : '';
  const folder = typeof result?.folder === 'string' ? `${result.folder}/` : '';
  const made = (result?.files ?? []).map((file) => `  ${folder}${file}\n`).join('');
  return `Task ${taskId} ${status}${error ? `: ${error.message}` : ''}\n${made}${used}${asked}${stands}`;
}

/** The command that runs a task in its own process. */
export function commandToGoOn(task: TaskView): string {
  return `holdfast tasks watch ${task.taskId}${modelFlag(task)}`;
}

/** The flag that has a process without a server write code with the task's own model. */
function modelFlag({ model, isRecorded }: TaskView): string {
  return ` --model ${isRecorded ? 'demo' : model}`;
}

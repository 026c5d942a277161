import { parseId, TaskPriority } from '@holdfast/protocol';
import { orchestratorError } from '../errors.ts';
import { sessionOfStream } from '../session/session-event.ts';
import type { Coder } from '../workflow/ports.ts';
import type { SubmitTaskRequest } from './task-service.ts';

/** The longest prompt, in characters. */
const maxPromptCharacters = 100_000;

/**
 * Checks what is to be submitted, and gives the id as it is kept.
 *
 * @throws HOLDFAST_ORCHESTRATOR_INVALID_TASK, HOLDFAST_PROTOCOL_INVALID_ID
 */
export function checkRequest(request: SubmitTaskRequest & { readonly taskId: string }, coder: Coder): string {
  const { taskId, prompt, priority = 'MEDIUM', dependsOn = [], timeoutMs } = request;
  const id = parseId(taskId);
  for (const dependency of dependsOn) parseId(dependency);
  if (sessionOfStream(id) !== undefined) throw invalidTask('taskId', `"${id}" is the name of a session's stream`);
  if (prompt.trim() === '') throw invalidTask('prompt', 'it is empty');
  if (prompt.length > maxPromptCharacters) throw invalidTask('prompt', `it has ${prompt.length} characters, and ${maxPromptCharacters} are the most`);
  if (!prompt.isWellFormed()) throw invalidTask('prompt', 'it holds half of a character');
  if (!Object.hasOwn(TaskPriority, priority)) throw invalidTask('priority', `expected ${Object.keys(TaskPriority).join(', ')}, not "${priority}"`);
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) throw invalidTask('timeoutMs', `expected a number from 0, not ${timeoutMs}`);
  if (dependsOn.includes(id)) {
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY', `Cannot submit task "${id}": it depends on itself`, { data: { taskId: id, path: [id, id] } });
  }
  const refusal = coder.refuse?.(prompt);
  if (refusal !== undefined) throw invalidTask('prompt', refusal);
  return id;
}

export function queueFull(taskId: string, capacity: number, cause: unknown): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_QUEUE_FULL', `Cannot submit task "${taskId}": ${capacity} tasks wait already`, {
    data: { taskId, capacity },
    cause,
  });
}

function invalidTask(field: string, problem: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_INVALID_TASK', `Cannot submit the task: "${field}": ${problem}`, { data: { field, problem } });
}

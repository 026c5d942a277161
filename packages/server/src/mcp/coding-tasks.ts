import type { TaskService, TaskView } from '@holdfast/orchestrator';
import { isHoldfastError } from '@holdfast/protocol';
import { answerQuestion, elicitation } from './task-tools.ts';
import type { OngoingKind, OngoingState } from './tasks-extension.ts';

/** Coding tasks, as what goes on after their call was answered. */
export function codingTasks(tasks: TaskService): OngoingKind {
  return {
    find: async (taskId) => {
      try {
        return stateOf(await tasks.get(taskId));
      } catch (error) {
        if (isHoldfastError(error, 'HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND')) return undefined;
        throw error;
      }
    },
    answer: async (taskId, responses) => {
      const open = await tasks.questions(taskId);
      for (const question of open) if (question.promiseId in responses) await answerQuestion(tasks, taskId, question, responses[question.promiseId]);
    },
    cancel: async (taskId, { name }) => void (await tasks.cancel(taskId, { by: name })),
  };
}

function stateOf(view: TaskView): OngoingState {
  const { status, createdAt, updatedAt: lastUpdatedAt, questions, result, error } = view;
  const times = { createdAt, lastUpdatedAt };
  switch (status) {
    case 'completed':
      return { ...times, status, result: { content: [{ type: 'text', text: result?.summary ?? 'The task is completed.' }], structuredContent: view } };
    case 'failed':
      // A task that failed has an answer: why. Failing of MCP's kind is for what could not be asked.
      return { ...times, status: 'completed', result: { isError: true, content: [{ type: 'text', text: error?.message ?? 'The task failed.' }], structuredContent: view } };
    case 'cancelled':
      return { ...times, status, ...(error && { statusMessage: error.message }) };
    case 'created':
    case 'queued':
    case 'running':
    case 'waiting':
      return questions.length === 0
        ? { ...times, status: 'working', statusMessage: status }
        : { ...times, status: 'input_required', statusMessage: status, inputRequests: Object.fromEntries(questions.map((question) => [question.promiseId, elicitation(question)])) };
  }
}

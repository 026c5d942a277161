import type { HoldfastService } from '@holdfast/orchestrator';
import { isHoldfastError } from '@holdfast/protocol';
import { resultText } from './session-tools.ts';
import type { OngoingKind } from './tasks-extension.ts';

/** Executions that go on after their call was answered. */
export function executionTasks(service: HoldfastService): OngoingKind {
  const find = async (executionId: string) => {
    try {
      return await service.getExecution(executionId);
    } catch (error) {
      if (isHoldfastError(error, 'HOLDFAST_ORCHESTRATOR_EXECUTION_NOT_FOUND')) return undefined;
      throw error;
    }
  };
  return {
    find: async (executionId) => {
      const view = await find(executionId);
      if (!view) return undefined;
      const { startedAt: createdAt } = view;
      if (view.state === 'running') return { status: 'working', createdAt, lastUpdatedAt: createdAt };
      const { result } = view;
      const value = { executionId, state: 'ended', result };
      return {
        status: result.status === 'cancelled' ? 'cancelled' : 'completed',
        createdAt,
        lastUpdatedAt: new Date(Date.parse(createdAt) + result.queuedTimeMs + result.executionTimeMs).toISOString(),
        result: { content: [{ type: 'text', text: resultText(result) }], structuredContent: value },
      };
    },
    answer: async () => undefined, // what a cell asks is answered where it is listed
    cancel: async (executionId, { name }) => {
      const view = await find(executionId);
      if (view?.state === 'running') await service.cancel(view.sessionId, { executionId, by: name });
    },
  };
}

import { createModelCoder } from '@holdfast/orchestrator/model';
import { MockLanguageModelV4 } from 'ai/test';
import { expect, onTestFinished, test, vi } from 'vitest';

test('a model may take as long for its answer as it was given, though no timer of the platform is that long', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const plan = { summary: 'Tie knots', modules: [{ name: 'knot', purpose: 'ties', dependencies: [] }] };
  const model = new MockLanguageModelV4({
    doGenerate: async ({ abortSignal }) => {
      vi.advanceTimersByTime(59 * 86_400_000);
      abortSignal?.throwIfAborted();
      return {
        content: [{ type: 'text', text: JSON.stringify(plan) }],
        finishReason: { unified: 'stop', raw: 'stop' },
        usage: { inputTokens: { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 7, text: 7, reasoning: 0 } },
        warnings: [],
      };
    },
  });
  const coder = createModelCoder({ model, name: 'slow', timeoutMs: 60 * 86_400_000, maxAttempts: 1 });

  const call = { taskId: 'knot', signal: new AbortController().signal, onModelCall: async () => undefined };
  expect(await coder.plan({ prompt: 'Tie a knot', answers: [], context: '' }, call)).toEqual(plan);
});

import type { Event } from '@holdfast/event-store';
import { runCodingWorkflow, type CodingResult, type CodingTask, type CodingWorkflowOptions } from './coding-workflow.ts';
import { createLocalContext, type LocalContextOptions, type WorkflowContext } from './workflow-context.ts';
import { toWorkflowEvent, type WorkflowEvent } from './workflow-event.ts';

export interface StreamOptions extends CodingWorkflowOptions {
  /** Answers what the task asks. @default nobody does */
  readonly ask?: LocalContextOptions['ask'];
  /** @default one that keeps nothing */
  readonly durable?: WorkflowContext;
}

/**
 * Runs a coding task and tells what happens as it happens; returns its result. Whoever stops reading stops the task.
 *
 * @throws as `runCodingWorkflow` does, after the last event
 */
export async function* streamCodingWorkflow(task: CodingTask, options: StreamOptions): AsyncGenerator<WorkflowEvent, CodingResult, undefined> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const context = options.durable ?? createLocalContext({ signal, ...(options.ask && { ask: options.ask }) });
  const events: Event[] = [];
  let wake = Promise.withResolvers<void>();
  const broadcast = async (event: Event): Promise<void> => {
    events.push(event);
    wake.resolve();
    await options.broadcast?.(event);
  };
  const state = { isRunning: true };
  const result = runCodingWorkflow(context, task, { ...options, signal, broadcast }).finally(() => {
    state.isRunning = false;
    wake.resolve();
  });
  result.catch(() => undefined); // thrown below, after the last event
  try {
    while (state.isRunning || events.length > 0) {
      const event = events.shift();
      if (event) {
        yield toWorkflowEvent(event);
        continue;
      }
      await wake.promise;
      wake = Promise.withResolvers();
    }
    return await result;
  } finally {
    stop.abort(new DOMException('Nobody reads the events of the task any more', 'AbortError'));
  }
}

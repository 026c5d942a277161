import { buildContext, type BuiltContext } from '@holdfast/context-cache';
import type { Event } from '@holdfast/event-store';
import type { ModuleSpec } from './module-plan.ts';

export interface ContextRequest {
  readonly taskId: string;
  readonly prompt: string;
  readonly purpose: 'plan' | 'generate' | 'correct';
  readonly module?: ModuleSpec;
  /** What happened in the task, in order. */
  readonly events: readonly Event[];
  /** What the whole context may take. */
  readonly budgetTokens: number;
}

/** Says what a model is told of a task, within a budget. */
export type ContextProvider = (request: ContextRequest) => TaskContext | PromiseLike<TaskContext>;

/** What is told. */
export type TaskContext = Pick<BuiltContext, 'text'>;

/** How much of the window of a model its context may take; the rest is for instructions and the answer. */
export function contextShare(contextTokens: number): number {
  return Math.floor(contextTokens * 0.5);
}

/** The task, what people said, the module, and then what happened, newest first to get room. */
export const contextFromEvents: ContextProvider = ({ prompt, module, events, budgetTokens }) => {
  const advice = events.flatMap(({ type, data }) => (type === 'USER_INTERVENTION' && typeof data['message'] === 'string' ? [`A person said: ${data['message']}`] : []));
  const state = [`Task: ${prompt}`, ...(module ? [`Module ${module.name}: ${module.purpose}`] : []), ...advice].join('\n');
  // Events that no store has numbered have no order but that of the list.
  const numbered = events.map((event, index) => ({ ...event, sequenceNumber: index + 1, streamVersion: index + 1 }));
  return buildContext({ state, events: numbered, budgetTokens });
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { AiSdkLanguageModel } from '@holdfast/context-cache/ai-sdk';
import type { LanguageModel } from 'ai';
import { parsePlan } from '../workflow/module-plan.ts';
import type { Coder } from '../workflow/ports.ts';
import { askModel, type AskOptions } from './ask-model.ts';
import type { ModelPrice } from './model-price.ts';
import { moduleInstructions, modulePrompt, moduleSchema, planInstructions, planPrompt, planSchema } from './prompts.ts';

export type { ModelPrice } from './model-price.ts';

export interface ModelCoderOptions {
  /** Any model of the AI SDK. */
  readonly model: AiSdkLanguageModel;
  /** What it is called in tasks and events, such as `ollama:qwen3:8b`. */
  readonly name: string;
  /** How many tokens it takes in and gives out together. @default 8192 */
  readonly contextTokens?: number;
  /** How long one answer may take. @default 120 000 */
  readonly timeoutMs?: number;
  /** How often one question is asked before the task fails. @default 3 */
  readonly maxAttempts?: number;
  /** What the model costs. @default unknown */
  readonly price?: ModelPrice;
  /** Rejects, saying why, where the backend is not there. @default nobody is asked */
  readonly check?: Coder['check'];
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
  /** Waits between attempts. @default a timer */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A model as what writes code. Its answers are checked, and asked for again where they have not the wanted form. */
export function createModelCoder(options: ModelCoderOptions): Coder {
  const { name, contextTokens = 8192, check = async () => undefined } = options;
  const asking: AskOptions = {
    timeoutMs: 120_000,
    maxAttempts: 3,
    now: () => performance.now(),
    wait: async (ms, signal) => sleep(ms, undefined, { signal }),
    ...options,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK refuses what is no model of its own
    model: options.model as LanguageModel,
    maxOutputTokens: Math.floor(contextTokens * 0.4),
  };
  return {
    name,
    isRecorded: false,
    contextTokens,
    check,
    plan: async (request, call) => {
      const question = { purpose: 'plan', instructions: planInstructions, prompt: planPrompt(request), schema: planSchema } as const;
      return parsePlan(await askModel(question, call, asking));
    },
    generate: async (request, call) => {
      const question = {
        purpose: request.correction ? 'correct' : 'generate',
        instructions: moduleInstructions,
        prompt: modulePrompt(request),
        schema: moduleSchema,
      } as const;
      return { name: request.module.name, ...(await askModel(question, call, asking)) };
    },
  };
}

import { contextCacheError } from './errors.ts';

/** How many tokens a model takes in and gives out together. */
export interface ModelLimit {
  readonly model: string;
  readonly contextTokens: number;
}

/** How the window of one model is meant to be shared out. The parts add up to the window. */
export interface ModelProfile extends ModelLimit {
  readonly system: number;
  readonly task: number;
  /** What the parts of the current context may take, by name. */
  readonly current: Readonly<Record<string, number>>;
  readonly generation: number;
  readonly buffer: number;
}

export const mistral7b: ModelProfile = Object.freeze({
  model: 'mistral:7b',
  contextTokens: 8192,
  system: 500,
  task: 300,
  current: Object.freeze({ module: 300, functions: 1200, dependencies: 800, errors: 400, tests: 1300 }),
  generation: 2500,
  buffer: 892,
});

export const qwen38b: ModelProfile = Object.freeze({
  model: 'qwen3:8b',
  contextTokens: 32_768,
  system: 500,
  task: 500,
  current: Object.freeze({ module: 500, modules: 3000, dependencies: 2500, errors: 1500, tests: 2500, patterns: 2000 }),
  generation: 15_000,
  buffer: 4768,
});

/** What a context for the model may take: the window without what it generates and without the buffer. */
export function contextBudget({ contextTokens, generation, buffer }: ModelProfile): number {
  return contextTokens - generation - buffer;
}

export interface RouteOptions {
  /** The models there are, the smallest window first. @default mistral:7b, qwen3:8b */
  readonly ladder?: readonly ModelLimit[];
  /** How much of a window a context may fill before the next model is taken. @default 0.8 */
  readonly fillRatio?: number;
}

/**
 * The model for a context: the given one, or the next on the ladder that has room.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_TOO_LARGE when no model has room
 * @throws HOLDFAST_CONTEXT_CACHE_UNKNOWN_MODEL
 */
export function routeModel(tokens: number, model: string, { ladder = [mistral7b, qwen38b], fillRatio = 0.8 }: RouteOptions = {}): string {
  const start = ladder.findIndex((limit) => limit.model === model);
  if (start === -1) throw contextCacheError('HOLDFAST_CONTEXT_CACHE_UNKNOWN_MODEL', `Cannot route from model "${model}": it is not on the ladder`);
  const roomy = ladder.slice(start).find(({ contextTokens }) => tokens <= contextTokens * fillRatio);
  if (roomy) return roomy.model;
  throw contextCacheError('HOLDFAST_CONTEXT_CACHE_TOO_LARGE', `Cannot route a context of ${tokens} tokens: no model from "${model}" on has room`, {
    data: { tokens, model, fillRatio },
  });
}

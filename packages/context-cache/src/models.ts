import { contextCacheError } from './errors.ts';
import { createEstimator, scaleEstimator, type TokenEstimator } from './tokens/estimator.ts';
import type { TokenizerFamily } from './tokens/weights.ts';

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

/** The same shares of another window, for a model that runs with less room than it has. What rounding leaves goes to the buffer. */
export function withWindow(profile: ModelProfile, contextTokens: number): ModelProfile {
  const part = (tokens: number): number => Math.floor((tokens * contextTokens) / profile.contextTokens);
  const current = Object.fromEntries(Object.entries(profile.current).map(([name, tokens]) => [name, part(tokens)]));
  const [system, task, generation] = [part(profile.system), part(profile.task), part(profile.generation)];
  const taken = system + task + generation + Object.values(current).reduce((sum, tokens) => sum + tokens, 0);
  return Object.freeze({ model: profile.model, contextTokens, system, task, current: Object.freeze(current), generation, buffer: contextTokens - taken });
}

/** Models by the beginning of their names, and what their tokens cost. Anthropic gives out no tokenizer; theirs count about 1.23 of `o200k`. */
const tokenizers: readonly { readonly models: RegExp; readonly family: TokenizerFamily; readonly factor?: number }[] = [
  { models: /^(?:mistral|mixtral|codestral|llama-?2|zephyr)/iu, family: 'mistral' },
  { models: /^(?:qwen|qwq|deepseek)/iu, family: 'qwen3' },
  { models: /^(?:gpt-4-|gpt-4$|gpt-3|llama-?3)/iu, family: 'cl100k' },
  { models: /^claude/iu, family: 'o200k', factor: 1.23 },
];

/** The estimator whose weights fit a model, by its name; that of `o200k` for models that are not known. */
export function estimatorFor(model: string): TokenEstimator {
  const name = model.slice(model.lastIndexOf('/') + 1);
  const { family, factor } = tokenizers.find(({ models }) => models.test(name)) ?? { family: 'o200k' as const };
  const estimator = createEstimator(family);
  return factor === undefined ? estimator : scaleEstimator(estimator, factor);
}

export interface RouteOptions {
  /** The models there are, the smallest window first. @default mistral:7b, qwen3:8b */
  readonly ladder?: readonly ModelLimit[];
  /** How much of a window a context may fill before the next model is taken. @default 0.8 */
  readonly fillRatio?: number;
}

/**
 * The model for a context: the given one, or the next on the ladder that has room. The tokens are those of the first
 * model; where the models count differently, use `routeText`.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_TOO_LARGE when no model has room
 * @throws HOLDFAST_CONTEXT_CACHE_UNKNOWN_MODEL
 */
export function routeModel(tokens: number, model: string, options: RouteOptions = {}): string {
  return route(() => tokens, model, options);
}

/** Routes a text, counted for each model with its own weights: mistral takes more tokens for the same text than qwen3. */
export function routeText(text: string, model: string, options: RouteOptions = {}): string {
  return route((candidate) => estimatorFor(candidate)(text), model, options);
}

function route(tokensFor: (model: string) => number, model: string, { ladder = [mistral7b, qwen38b], fillRatio = 0.8 }: RouteOptions): string {
  const start = ladder.findIndex((limit) => limit.model === model);
  if (start === -1) throw contextCacheError('HOLDFAST_CONTEXT_CACHE_UNKNOWN_MODEL', `Cannot route from model "${model}": it is not on the ladder`);
  const roomy = ladder.slice(start).find((limit) => tokensFor(limit.model) <= limit.contextTokens * fillRatio);
  if (roomy) return roomy.model;
  const tokens = tokensFor(model);
  throw contextCacheError('HOLDFAST_CONTEXT_CACHE_TOO_LARGE', `Cannot route a context of ${tokens} tokens: no model from "${model}" on has room`, {
    data: { tokens, model, fillRatio },
  });
}

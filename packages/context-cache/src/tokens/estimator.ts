/**
 * How many tokens a text has for one model, without its tokenizer: a weighted sum of {@link countFeatures}. The weights
 * come from a fit of non-negative least squares on the relative error over documents of 17 kinds; `npm run eval` measures
 * them and `npm run eval -- --fit` makes new ones.
 */
import { countFeatures } from './features.ts';
import { margins, weights, type TokenizerFamily } from './weights.ts';

/** Counts the tokens of a text for one model. Never 0 for a text that is not empty. */
export type TokenEstimator = (text: string) => number;

/** The estimator for one family of tokenizers. */
export function createEstimator(family: TokenizerFamily): TokenEstimator {
  const weightOf = weights[family];
  const estimator: TokenEstimator = (text) => {
    if (text === '') return 0;
    const { counts, plainTokens } = countFeatures(text);
    let tokens = plainTokens;
    for (let index = 0; index < counts.length; index += 1) tokens += (counts[index] ?? 0) * (weightOf[index] ?? 0);
    return Math.max(1, Math.ceil(tokens));
  };
  marginOf.set(estimator, margins[family]);
  return estimator;
}

const marginOf = new WeakMap<TokenEstimator, number>();

/**
 * The tokens that a text of so many by estimate has at most, as measured: a fifth more, and for short texts, whose errors
 * do not even out, some times the square root more. A counter that is exact, or not of ours, is believed.
 */
export function mostTokens(estimator: TokenEstimator, tokens: number): number {
  const margin = marginOf.get(estimator);
  return margin === undefined ? tokens : tokens * 1.2 + margin * Math.sqrt(tokens);
}

/** The default estimator, for tokenizers of the `o200k` kind. */
export const estimateTokens: TokenEstimator = createEstimator('o200k');

/** A counter that is exact, from the encoder of a tokenizer library. */
export function createExactCounter(encode: (text: string) => ArrayLike<number>): TokenEstimator {
  return (text) => encode(text).length;
}

/** An estimator that counts more than another, for models of which it is only known that they do. */
export function scaleEstimator(estimator: TokenEstimator, factor: number): TokenEstimator {
  const scaled: TokenEstimator = (text) => Math.ceil(estimator(text) * factor);
  const margin = marginOf.get(estimator);
  if (margin !== undefined) marginOf.set(scaled, margin * factor);
  return scaled;
}

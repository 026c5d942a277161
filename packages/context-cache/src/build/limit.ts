import { mostTokens, type TokenEstimator } from '../tokens/estimator.ts';
import { largestFitting } from './fit.ts';

/**
 * How many tokens a context may count: its share of the budget, and so much less that it is within the budget also where
 * the estimator is as far off as it ever was. At 2000 tokens that is 3 to 6 % less, from 12,500 on nothing.
 *
 * @throws RangeError for a budget or a ratio that is none
 */
export function limitOf(budgetTokens: number, fillRatio: number, estimator: TokenEstimator): number {
  if (!(budgetTokens >= 0)) throw new RangeError(`Cannot build a context of ${budgetTokens} tokens: budgetTokens is 0 or more`);
  if (!(fillRatio > 0 && fillRatio <= 1)) throw new RangeError(`Cannot fill ${fillRatio} of a budget: fillRatio is above 0 and at most 1`);
  const share = Math.floor(budgetTokens * fillRatio);
  return largestFitting(share, (tokens) => mostTokens(estimator, tokens) <= budgetTokens) ?? 0;
}

/** The tokenizers whose weights are known. */
export type TokenizerFamily = 'o200k' | 'cl100k' | 'qwen3' | 'mistral';

/** One weight for each feature, in the order that `features.ts` counts them. */
export const weights: Readonly<Record<TokenizerFamily, readonly number[]>> = {
  o200k: [0.954, 0.882, 1.117, 1.449, 1.813, 0.926, 1.389, 0, 0, 0, 1.267, 0, 0.505, 0.001, 0.661, 0, 0.751, 0.072, 0.852, 0.62, 0.6, 2.503, 0.213, 0.345, 0, 0.323],
  cl100k: [1.024, 0.842, 1.122, 1.599, 2.237, 1.436, 1.352, 0, 0, 0, 1.288, 0, 0.509, 0, 0.724, 0, 0.61, 0.111, 1.114, 0.896, 0.86, 2.985, 0.334, 0.723, 0, 0.604],
  qwen3: [0.958, 0.88, 1.153, 1.547, 2.158, 1.404, 1.305, 0, 0, 0.763, 0.753, 0, 0.47, 0, 0.728, 0, 0.687, 0.072, 0.743, 0.566, 0.666, 2.766, 0.272, 0.832, 0, 0.36],
  mistral: [0.856, 0.985, 1.385, 1.961, 1.827, 1.54, 1.27, 0.067, 0, 0.719, 0.625, 0, 0, 0.06, 1.496, 0, 1.056, 0.222, 1.068, 1.044, 1.315, 3.395, 0.407, 1.22, 0, 0.023],
};

/**
 * How far beyond a fifth an estimate was off at most, as a multiple of the square root of its tokens, and some more. `npm run eval -- budgets` shows whether it is enough.
 */
export const margins: Readonly<Record<TokenizerFamily, number>> = { o200k: 3, cl100k: 4.5, qwen3: 5, mistral: 3 };

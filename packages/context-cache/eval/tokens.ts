/**
 * How close the token estimator comes to four tokenizers, over documents of 17 kinds and pieces of them; with `fit` also
 * the weights that fit best, and how they do on documents that they were not fitted to.
 */
import { charsPer4, createEstimator, type TokenEstimator, type TokenizerFamily } from '@holdfast/context-cache';
import { countFeatures, featureCount } from '../src/tokens/features.ts';
import { loadCorpus, piecesOf, type Document } from './corpus.ts';
import { fitWeights } from './fit.ts';
import { loadTokenizers } from './tokenizers.ts';

const families = ['o200k', 'cl100k', 'qwen3', 'mistral'] as const;

interface Sample extends Document {
  readonly tokens: number;
}

/** @returns what was promised and does not hold */
export async function evaluateTokens({ fit }: { readonly fit: boolean }): Promise<string[]> {
  const broken: string[] = [];
  const tokenizers = await loadTokenizers();
  const documents = loadCorpus();
  const pieces = piecesOf(documents);
  console.log(`Token estimates: ${documents.length} documents of ${new Set(documents.map(({ kind }) => kind)).size} kinds, ${pieces.length} pieces`);
  for (const family of families) {
    const counted = (each: readonly Document[]): Sample[] => each.map((document) => ({ ...document, tokens: tokenizers[family](document.text) }));
    const [whole, small] = [counted(documents), counted(pieces)];
    const share = report(`${family} documents`, whole, createEstimator(family));
    if (share < 0.99) broken.push(`${family}: ${(share * 100).toFixed(1)} % of the documents are within 20 %, promised are 99 %`);
    report(`${family} pieces`, small, createEstimator(family));
    report(`${family} documents, four characters a token`, whole, charsPer4);
    const contexts = Array.from({ length: Math.floor(small.length / 40) }, (_, at) => join(small.slice(at * 40, at * 40 + 40)));
    report(`${family} contexts of 40 pieces`, contexts, (text) => text.split('\0').reduce((sum, part) => sum + createEstimator(family)(part), 0));
    if (fit) refit(family, [...whole, ...small], whole);
  }
  const megabytesPerSecond = speed(documents);
  if (megabytesPerSecond < 40) broken.push(`estimating runs at ${megabytesPerSecond.toFixed(0)} MB/s, promised are 40`);
  return broken;
}

function join(samples: readonly Sample[]): Sample {
  return { kind: 'context', text: samples.map(({ text }) => text).join('\0'), tokens: samples.reduce((sum, { tokens }) => sum + tokens, 0) };
}

function report(name: string, samples: readonly Sample[], estimator: TokenEstimator): number {
  const errors = samples.map(({ kind, text, tokens }) => ({ kind, error: estimator(text) / tokens - 1 }));
  const sizes = errors.map(({ error }) => Math.abs(error)).toSorted((left, right) => left - right);
  const at = (share: number): string => `${((sizes[Math.floor((sizes.length - 1) * share)] ?? 0) * 100).toFixed(1)} %`;
  const within = sizes.filter((size) => size <= 0.2).length / sizes.length;
  const wrong = errors.filter(({ error }) => Math.abs(error) > 0.2).map(({ kind, error }) => `${kind} ${(error * 100).toFixed(0)}`);
  console.log(`  ${name.padEnd(44)} median ${at(0.5)}, p90 ${at(0.9)}, p95 ${at(0.95)}, within 20 %: ${(within * 100).toFixed(1)} %${wrong.length > 0 && wrong.length <= 8 ? ` (${wrong.join(', ')})` : ''}`);
  return within;
}

function refit(family: TokenizerFamily, samples: readonly Sample[], whole: readonly Sample[]): void {
  const rows = (each: readonly Sample[]): Parameters<typeof fitWeights>[0] =>
    each.map(({ text, tokens }) => {
      const { counts, plainTokens } = countFeatures(text);
      return { counts, tokens: tokens - plainTokens };
    });
  const halves = [0, 1].map((half) => samples.filter((_, at) => at % 2 === half));
  halves.forEach((half, at) => report(`${family} fitted to the other half ${at}`, half, estimatorOf(fitWeights(rows(halves[1 - at] ?? []), featureCount))));
  const weights = fitWeights(rows(samples), featureCount);
  report(`${family} fitted to all`, whole, estimatorOf(weights));
  console.log(`  ${family}: [${weights.map((weight) => Number(weight.toFixed(3))).join(', ')}],`);
}

function speed(documents: readonly Document[]): number {
  const estimator = createEstimator('o200k');
  const megabytes = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) / 1e6;
  let best = Infinity;
  for (let round = 0; round < 7; round += 1) {
    const began = performance.now();
    for (const { text } of documents) estimator(text);
    best = Math.min(best, performance.now() - began);
  }
  console.log(`  speed ${((megabytes / best) * 1000).toFixed(0)} MB/s`);
  return (megabytes / best) * 1000;
}

function estimatorOf(weights: readonly number[]): TokenEstimator {
  return (text) => {
    const { counts, plainTokens } = countFeatures(text);
    return Math.ceil(weights.reduce((sum, weight, index) => sum + weight * (counts[index] ?? 0), plainTokens));
  };
}

/**
 * Ten thousand random builds that count with an exact tokenizer, and ten thousand that count by estimate and are counted
 * exactly afterwards, over all four tokenizers: none may be over its budget.
 */
import { buildHierarchy, createEstimator, type ContextItem, type TokenizerFamily } from '@holdfast/context-cache';
import { buildCodeContext, CodeGraph, linkByName } from '@holdfast/context-cache/extract';
import { loadCorpus } from './corpus.ts';
import { loadPackage } from './packages.ts';
import { randomFrom } from './random.ts';
import { loadTokenizers } from './tokenizers.ts';

const sections = (['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const).map((priority) => ({ name: priority, priority, floorTokens: 50 }));

/** @returns what was promised and does not hold */
export async function evaluateBudgets(): Promise<string[]> {
  const tokenizers = await loadTokenizers();
  const texts = loadCorpus().map(({ text }) => text);
  const { sources } = loadPackage('mobx');
  const graph = new CodeGraph(sources, linkByName(sources));
  const random = randomFrom(5);
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
  const over = { exact: 0, estimated: 0 };
  const worst = new Map<TokenizerFamily, number>();
  const check = (text: string, budget: number, family: TokenizerFamily, by: keyof typeof over): void => {
    const share = tokenizers[family](text) / budget;
    if (share > 1) over[by] += 1;
    if (by === 'estimated') worst.set(family, Math.max(share, worst.get(family) ?? 0));
  };
  const build = (family: TokenizerFamily, by: keyof typeof over): void => {
    const budgetTokens = 50 + Math.floor(random() ** 3 * (by === 'exact' ? 500 : 4000));
    const estimator = by === 'exact' ? tokenizers[family] : createEstimator(family);
    if (random() < 0.5) {
      check(buildCodeContext(graph, { targets: [pick(graph.definitions).id], budgetTokens, estimator, hideBodies: random() < 0.5 }).text, budgetTokens, family, by);
      return;
    }
    const items = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, place): ContextItem => {
      const [text, start] = [pick(texts), Math.floor(random() * 2000)];
      const piece = text.slice(start, start + 40 + Math.floor(random() * 1500)).toWellFormed();
      return { id: `${place}`, section: pick(sections).name, forms: [piece.slice(0, 80).toWellFormed(), piece], score: random(), pinned: random() < 0.1 };
    });
    check(buildHierarchy({ sections, items, budgetTokens, estimator }).text, budgetTokens, family, by);
  };
  for (let run = 0; run < 10_000; run += 1) build('o200k', 'exact');
  const runs = { o200k: 2500, cl100k: 2500, qwen3: 2500, mistral: 2500 } as const;
  for (const [family, count] of Object.entries(runs)) for (let run = 0; run < count; run += 1) build(family as TokenizerFamily, 'estimated');
  console.log(`Budgets: of 10,000 random contexts counted exactly ${over.exact} are over their budgets; of 10,000 built by estimate and counted exactly, ${over.estimated}`);
  for (const [family, share] of worst) console.log(`  ${family}: the fullest by estimate takes ${(share * 100).toFixed(1)} % of its budget`);
  return [...(over.exact > 0 ? [`${over.exact} contexts counted exactly are over their budgets`] : []), ...(over.estimated > 0 ? [`${over.estimated} contexts counted by estimate are over their budgets`] : [])];
}

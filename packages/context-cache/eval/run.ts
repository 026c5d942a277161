/**
 * What the package promises, measured: `npm run eval -w packages/context-cache`. With names it runs only these parts:
 * `-- tokens recall`. With `--fit` the token weights are fitted anew; with
 * `--quick` only the three most telling methods are compared, with `--package` only on that package.
 */
import { parseArgs } from 'node:util';
import { evaluateBudgets } from './budgets.ts';
import { evaluateRecall } from './recall.ts';
import { evaluateTokens } from './tokens.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { fit: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false }, package: { type: 'string', multiple: true } } });
const parts: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  tokens: async () => evaluateTokens({ fit: values.fit }),
  budgets: evaluateBudgets,
  recall: async () => evaluateRecall({ quick: values.quick, ...(values.package && { only: values.package }) }),
};
const broken: string[] = [];
for (const [name, run] of Object.entries(parts)) if (positionals.length === 0 || positionals.includes(name)) broken.push(...(await run()));
for (const promise of broken) console.error(`does not hold: ${promise}`);
process.exitCode = broken.length > 0 ? 1 : 0;

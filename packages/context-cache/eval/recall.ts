/**
 * Recall of needed definitions. A function is chosen, its body hidden, with it the imports that only the body uses. The
 * definitions in other files that the hidden body really uses, by the TypeScript compiler, are what a context should
 * hold. One counts only if its whole signature is in the context. Tokens are those of o200k, counted exactly, paths and
 * class headers included. Signatures are measured, not behaviour, and no model is asked.
 */
import ts from 'typescript';
import type { Definition } from '../src/extract/definition.ts';
import { DefinitionFinder, linkByType, resolveNames } from '../src/extract/link-by-type.ts';
import { linkByName } from '../src/extract/link-by-name.ts';
import { CodeGraph } from '../src/rank/code-graph.ts';
import { loadPackage, type Package, proven, tuned } from './packages.ts';
import { randomFrom } from './random.ts';
import { loadTokenizers } from './tokenizers.ts';
import { createMethods, type Method, type Task } from './methods.ts';

const budgets = [1000, 2000, 4000, 8000] as const;
const mostTargets = 200;

interface Outcome {
  readonly name: string;
  /** Recall of each target, by budget and method. */
  readonly recalls: ReadonlyMap<string, readonly number[]>;
  readonly retention: readonly { readonly full: number; readonly cut: number; readonly heads: number }[];
  readonly baseTokens: number;
}

export async function evaluateRecall({ only, quick }: { readonly only?: readonly string[]; readonly quick: boolean }): Promise<string[]> {
  const { o200k } = await loadTokenizers();
  const outcomes = new Map<string, Outcome>();
  for (const name of [...tuned, ...proven].filter((each) => !only || only.includes(each))) {
    const began = performance.now();
    const outcome = evaluatePackage(loadPackage(name), o200k, quick);
    outcomes.set(name, outcome);
    const at = (budget: number): string => percent(mean(outcome.recalls.get(`ranked ${budget}`) ?? []));
    console.log(`  ${name.padEnd(14)} ${String(outcome.recalls.get('ranked 2000')?.length).padStart(4)} targets, ranked ${budgets.map(at).join(' / ')} %, ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  const names = proven.filter((name) => outcomes.has(name));
  return names.length === 0 ? [] : summarise(names.map((name) => outcomes.get(name)!), [...outcomes.values()]);
}

function evaluatePackage({ name, root, sources }: Package, count: (text: string) => number, quick: boolean): Outcome {
  const typed = new CodeGraph(sources, linkByType(ts, { root, sources }).links);
  const named = new CodeGraph(sources, linkByName(sources));
  const tasks = findTasks(root, typed);
  const methods = createMethods(typed, named, count, tasks, quick);
  const recalls = new Map<string, number[]>();
  const record = (method: Method, budget: number, task: Task): void => {
    const key = `${method.name} ${budget}`;
    const found = method.choose(task, budget);
    recalls.set(key, [...(recalls.get(key) ?? []), share(task.needs, found)]);
  };
  for (const method of methods.listed) for (const budget of budgets) for (const task of tasks) record(method, budget, task);
  const retention = tasks.map((task) => {
    const base = methods.importedInFull(task);
    return {
      full: share(task.needs, base.found),
      cut: share(task.needs, methods.ranked.choose(task, base.tokens * 0.2)),
      heads: share(task.needs, methods.heads.choose(task, base.tokens * 0.2)),
    };
  });
  return { name, recalls, retention, baseTokens: mean(tasks.map((task) => methods.importedInFull(task).tokens)) };
}

/** Functions and methods of four lines or more whose bodies need two definitions or more of other files. */
export function findTasks(root: string, graph: CodeGraph): Task[] {
  const sources = [...new Set(graph.definitions.map(({ path }) => path))].map((path) => graph.source(path)!);
  const finders = new Map(sources.map((source) => [source.path, new DefinitionFinder(source)]));
  const candidates = graph.definitions.filter(({ kind, body, path }) => {
    const text = body && graph.source(path)?.text.slice(body.start, body.end);
    return (kind === 'function' || kind === 'method') && text !== null && text !== undefined && text.split('\n').length >= 4;
  });
  const byPath = Map.groupBy(candidates, ({ path }) => path);
  const needs = new Map<Definition, Set<number>>(candidates.map((each) => [each, new Set()]));
  for (const { path, position, targetPath, targetPosition } of resolveNames(ts, { root, sources })) {
    if (path === targetPath) continue;
    const target = finders.get(targetPath)?.at(targetPosition);
    const index = target && graph.indexOf(target.id);
    if (index === undefined) continue;
    for (const each of byPath.get(path) ?? []) if (each.body && position >= each.body.start && position < each.body.end) needs.get(each)?.add(index);
  }
  const found = [...needs].filter(([, each]) => each.size >= 2).map(([target, each]) => ({ target, needs: [...each] }));
  const random = randomFrom(1);
  return found
    .map((task) => ({ task, place: random() }))
    .toSorted((left, right) => left.place - right.place)
    .slice(0, mostTargets)
    .map(({ task }) => task);
}

function summarise(outcomes: readonly Outcome[], all: readonly Outcome[]): string[] {
  const methods = [...new Set([...(outcomes[0]?.recalls.keys() ?? [])].map((key) => key.replace(/ \d+$/u, '')))];
  console.log(`\nRecall of needed definitions, % (mean of ${outcomes.map(({ name }) => name).join(', ')})`);
  console.log(`  ${'method'.padEnd(52)}${budgets.map((budget) => String(budget).padStart(8)).join('')}   95 % interval at 2000`);
  const value = (method: string, budget: number): number => mean(outcomes.map(({ recalls }) => mean(recalls.get(`${method} ${budget}`) ?? [])));
  for (const method of methods) {
    const [low, high] = interval(outcomes.flatMap(({ recalls }) => recalls.get(`${method} 2000`) ?? []));
    console.log(`  ${method.padEnd(52)}${budgets.map((budget) => percent(value(method, budget)).padStart(8)).join('')}   ${percent(low)} to ${percent(high)}`);
  }
  const difference = outcomes.flatMap(({ recalls }) => (recalls.get('ranked 2000') ?? []).map((recall, at) => recall - (recalls.get('two hops 2000')?.[at] ?? 0)));
  console.log(`  ranked above two hops at 2000, target by target: ${percent(mean(difference))} points, ${interval(difference).map(percent).join(' to ')}`);
  console.log('\nKept of what the imported files in full hold, at a fifth of their tokens (95 % interval)');
  const kept = all.map(({ name, retention, baseTokens }) => {
    const [low, high] = ratioInterval([retention], 'cut');
    const full = mean(retention.map((each) => each.full));
    console.log(`  ${name.padEnd(14)} full files ${percent(full)} % in ${baseTokens.toFixed(0)} tokens; ranked keeps ${percent(keptShare([retention], 'cut'))} % (${percent(low)} to ${percent(high)}), heads of the files ${percent(keptShare([retention], 'heads'))} %`);
    return { name, high };
  });
  const retentions = all.map(({ retention }) => retention);
  const [keptLow, keptHigh] = ratioInterval(retentions, 'cut');
  console.log(`  ${'all targets'.padEnd(14)} ranked keeps ${percent(keptShare(retentions, 'cut'))} % (${percent(keptLow)} to ${percent(keptHigh)})`);
  return [
    ...promised('recall at 2000', value('ranked', 2000), 0.78),
    ...promised('recall at 8000', value('ranked', 8000), 0.88),
    ...promised('points above two hops at 2000', value('ranked', 2000) - value('two hops', 2000), 0.2),
    ...promised('kept after a cut by 80 %, all targets', keptShare(retentions, 'cut'), 0.93),
    ...kept.flatMap(({ name, high }) => promised(`kept after a cut by 80 %, the upper end of the interval of ${name}`, high, 0.93)),
  ];
}

type Retention = Outcome['retention'];

/** The recall that is kept, of all targets of some packages together. */
function keptShare(packages: readonly Retention[], by: 'cut' | 'heads'): number {
  const targets = packages.flat();
  return mean(targets.map((each) => each[by])) / mean(targets.map(({ full }) => full));
}

/** Draws targets again within each package. */
function ratioInterval(packages: readonly Retention[], by: 'cut' | 'heads'): [number, number] {
  const random = randomFrom(4);
  const again = (retention: Retention): Retention => retention.map(() => retention[Math.floor(random() * retention.length)]!);
  const ratios = Array.from({ length: 1000 }, () => keptShare(packages.map(again), by)).toSorted((left, right) => left - right);
  return [ratios[25] ?? 0, ratios[974] ?? 0];
}

function promised(what: string, found: number, least: number): string[] {
  return found >= least ? [] : [`${what} is ${percent(found)}, promised are ${percent(least)}`];
}

function share(needs: readonly number[], found: ReadonlySet<number>): number {
  return needs.filter((need) => found.has(need)).length / needs.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Where 95 of 100 means of samples drawn again lie (bootstrap, 1000 draws). */
function interval(values: readonly number[]): [number, number] {
  const random = randomFrom(3);
  const draw = (): number => mean(values.map(() => values[Math.floor(random() * values.length)] ?? 0));
  const means = Array.from({ length: 1000 }, draw).toSorted((left, right) => left - right);
  return [means[25] ?? 0, means[974] ?? 0];
}

function percent(value: number): string {
  return (value * 100).toFixed(1);
}

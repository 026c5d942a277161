/**
 * Cancels cells of many kinds at random instants. None may get stuck, nearly all keep the variables, and those that do
 * not are told so. Prints its seed; the same seed makes the same choices.
 *
 *     npm run bench:cancels -w packages/executor [-- --cancels 2000] [--seed 1] [--json]
 */
import { parseArgs } from 'node:util';
import { createSession, type ExecutionResult, type Session } from '@holdfast/executor';
import { Report, row, spread, spreadRow } from './measure.ts';
import { moreSituations, nineSituations, type Situation } from './situations.ts';

const { values } = parseArgs({ options: { cancels: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' }, json: { type: 'boolean', default: false } } });
const situations: readonly Situation[] = [...nineSituations, ...moreSituations];
const report = new Report('executor cancels', values.json);
const total = Number(values.cancels);
let state = Number(values.seed);
report.say(`${total} cancels of ${situations.length} kinds of cells, seed ${values.seed}`);

interface Cancelled {
  readonly name: string;
  readonly tookMs: number;
  readonly step: string;
  readonly isKept: boolean;
}

const done: Cancelled[] = [];
let begun = 0;
await Promise.all([cancelAgainAndAgain(), cancelAgainAndAgain()]);

const kept = done.filter(({ isKept }) => isKept);
const killed = done.filter(({ isKept }) => !isKept);
const slowest = Math.max(...done.map(({ tookMs }) => tookMs));
report.add(spreadRow('from the cancel to the end of the cell', 'ms', done.map(({ tookMs }) => tookMs)));
report.add(row('cells that ended', 'of all', done.length / total, { target: '1, within 10 s', notes: `slowest ${slowest.toFixed(0)} ms` }));
report.add(row('cells that ended with the variables kept', 'of all', kept.length / total, { target: '≥ 0.995' }));
report.add(row('workers killed', 'cells', killed.length, { target: 'told within 3.6 s', notes: tally(killed.map(({ name, tookMs }) => `${name} (${tookMs.toFixed(0)} ms)`)) }));
report.say(`steps: ${tally(done.map(({ step }) => step))}`);
for (const { name } of situations) {
  const samples = done.filter((each) => each.name === name).map(({ tookMs }) => tookMs);
  if (samples.length > 0) report.say(`  ${name.padEnd(26)} ${String(samples.length).padStart(4)} cells, p50 ${spread(samples).p50.toFixed(1)} ms, slowest ${Math.max(...samples).toFixed(0)} ms`);
}
report.end();

async function cancelAgainAndAgain(): Promise<void> {
  await using session = await createSession({ language: 'javascript' });
  await session.execute('var kept = 42');
  while (begun < total) {
    begun += 1;
    const situation = situations[below(situations.length)];
    // oxlint-disable-next-line no-await-in-loop -- a session runs one cell at a time
    if (situation) done.push(await cancelOne(session, situation, below(40)));
  }
}

async function cancelOne(session: Session, { name, code }: Situation, delayMs: number): Promise<Cancelled> {
  const ended = session.execute(`{\n${code}\n}`);
  await new Promise((settle) => setTimeout(settle, delayMs));
  const began = performance.now();
  void session.cancel();
  const { cancelled, status, error } = await withinLimit(ended, `"${name}", cancelled after ${delayMs} ms,`);
  const tookMs = performance.now() - began;
  const probe = await withinLimit(lookAfter(session), `the cell after "${name}", cancelled after ${delayMs} ms,`);
  const isKept = probe.value === 42;
  if (isKept !== (cancelled?.namespaceKept ?? status !== 'cancelled')) throw new Error(`The result of "${name}" is wrong about the variables: ${JSON.stringify(cancelled ?? error ?? status)}, after ${delayMs} ms; the next cell gave ${JSON.stringify(probe)}`);
  if (!isKept) await session.execute('var kept = 42');
  return { name, tookMs, step: cancelled?.step ?? `${status} ${error?.name ?? ''}`.trim(), isKept };
}

/** What the cell started without awaiting it goes on, and a loop there holds the next cell up until that is cancelled. */
async function lookAfter(session: Session): Promise<ExecutionResult> {
  const probe = await session.execute('kept', { timeoutMs: 1000 });
  return probe.cancelled?.namespaceKept ? lookAfter(session) : probe;
}

/** Ends the run where something is stuck. */
async function withinLimit<Ended>(ended: Promise<Ended>, what: string): Promise<Ended> {
  const limit = setTimeout(() => {
    throw new Error(`Stuck: ${what} did not end within 10 s`);
  }, 10_000);
  try {
    return await ended;
  } finally {
    clearTimeout(limit);
  }
}

function tally(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

/** The generator of Park and Miller (1988): small, and the same everywhere. */
function below(limit: number): number {
  state = (state * 48_271 + 11) % 2_147_483_647;
  return state % limit;
}

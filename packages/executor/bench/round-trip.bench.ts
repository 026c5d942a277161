/**
 * What a cell costs: start of a session, round trip of `1 + 1`, many lines, top-level loops, beside Node's own REPL
 * and a plain script in one run.
 *
 *     npm run bench -w packages/executor
 */
import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { start as startRepl } from 'node:repl';
import { createSession, type Session } from '@holdfast/executor';

const starts = await times(7, async () => {
  const began = performance.now();
  const session = await createSession();
  const took = performance.now() - began;
  await session.close();
  return took;
});
report('session, cold start to ready', starts, 'ms');

await using session = await createSession();
await times(200, async () => session.execute('1 + 1'));
const trips = await times(2000, async () => timed(async () => session.execute('1 + 1')));
report('round trip of 1 + 1', trips, 'ms');

const repl = nodeRepl();
await times(200, async () => repl('1 + 1'));
const replTrips = await times(2000, async () => timed(async () => repl('1 + 1')));
report('  the same in Node\'s REPL, in process', replTrips, 'ms');

let lines = 0;
await using printer = await createSession({ onOutput: ({ text }) => (lines += text.split('\n').length - 1) });
const printing = await timed(async () => printer.execute('for (let i = 0; i < 100_000; i++) console.log("line " + i)'));
console.log(`100,000 printed lines: ${printing.toFixed(0)} ms, ${lines} arrived before the result`);

const loops = {
  'integer loop of 1e8': 'let n = 0; for (let i = 0; i < 1e8; i++) n = (n + i) | 0; n',
  'floating-point sum of 1e8': 'let sum = 0; for (let i = 0; i < 1e8; i++) sum += i * 0.5; sum',
};
for (const [name, code] of Object.entries(loops)) {
  const cell = await best(async () => runLoop(session, code));
  const plain = await best(async () => plainScript(code));
  console.log(`${name}: ${cell.toFixed(0)} ms in a cell, ${plain.toFixed(0)} ms in a plain script, ratio ${(cell / plain).toFixed(2)}`);
}

async function runLoop(target: Session, code: string): Promise<number> {
  return (await target.execute(code)).executionTimeMs;
}

/** A script of its own process, timed inside it. */
function plainScript(code: string): number {
  // The result is used, or the compiler would leave the loop out.
  const program = `const began = performance.now(); ${code.replace(/(\w+)$/u, 'globalThis.kept = $1')}; console.log(performance.now() - began)`;
  return Number(spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).stdout);
}

function nodeRepl(): (code: string) => Promise<unknown> {
  const server = startRepl({ input: new PassThrough(), output: new PassThrough(), terminal: false });
  return async (code) =>
    new Promise((resolve) => {
      server.eval(`${code}\n`, server.context, 'repl', (_error, value) => resolve(value));
    });
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

async function times<Result>(count: number, run: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let index = 0; index < count; index += 1) results.push(await run());
  return results;
}

async function best(run: () => Promise<number> | number): Promise<number> {
  const results = await times(3, async () => run());
  return Math.min(...results);
}

function report(name: string, samples: readonly number[], unit: string): void {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3);
  console.log(`${name}: p50 ${at(0.5)} ${unit}, p99 ${at(0.99)} ${unit}, fastest ${at(0)} ${unit}`);
}

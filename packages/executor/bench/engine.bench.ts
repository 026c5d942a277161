/**
 * What a session costs, beside Node's own REPL, a plain script, ipykernel and Deno's kernel in one run: start, round trip,
 * many lines, loops, interruption, memory.
 *
 *     npm run bench -w packages/executor [-- --json] [--no-peers]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start as startRepl } from 'node:repl';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSession, SessionManager, type Session } from '@holdfast/executor';
import { CellCompiler } from '../src/engine/compile-cell.ts';
import { Report, row, spread, spreadRow, timed, times } from './measure.ts';
import { measureKernels } from './peers.ts';
import { nineSituations } from './situations.ts';

const { values } = parseArgs({ allowNegative: true, options: { json: { type: 'boolean', default: false }, peers: { type: 'boolean', default: true } } });
const report = new Report('executor', values.json);
const { ipykernel, deno } = values.peers ? await measureKernels((text) => report.say(text)) : {};

await measureStarts();
await measureRoundTrip();
await measureSmallCells();
measureCompiling();
await measurePrinting();
await measureLoops();
await measureInterrupts();
await measureMemory();
report.end();

async function measureStarts(): Promise<void> {
  const against = { ipykernel: ipykernel?.startMs, "Deno's kernel": deno?.startMs };
  report.add(spreadRow('cold start to ready, as installed', 'ms', coldStartsOfBuild(), { target: '≤ 120 ms', against }));
  const source = await times(5, async () => {
    const before = performance.now();
    const session = await createSession();
    const took = performance.now() - before;
    await session.close();
    return took;
  });
  report.add(spreadRow('cold start to ready, from source', 'ms', source));

  await using manager = new SessionManager({ warmWorkers: 1 });
  const warm = await times(10, async (index) => {
    await manager.warmedUp();
    const session = manager.create({ sessionId: `warm-${index}` });
    const took = await timed(async () => session.start());
    await manager.remove(session.id);
    return took;
  });
  report.add(spreadRow('start with a worker that waits', 'ms', warm, { target: '≤ 2 ms' }));
}

/** Builds what changed, and starts sessions of that in a process that does not read the sources, as this one does. */
function coldStartsOfBuild(): number[] {
  execFileSync('npx', ['nx', 'build', 'executor'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const script = fileURLToPath(new URL('cold-start.ts', import.meta.url));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script is this package's own
  return JSON.parse(execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', script], { encoding: 'utf8' })) as number[];
}

/** Through the session manager, with an interceptor, as a server has it. */
async function measureRoundTrip(): Promise<void> {
  await using manager = new SessionManager();
  const session = manager.create();
  session.intercept(() => undefined);
  const trip = async (): Promise<number> => timed(async () => session.execute('1 + 1'));
  const repl = nodeRepl();
  await times(500, trip);
  await times(500, async () => repl('1 + 1'));
  const trips = await times(3000, trip);
  const inProcess = await times(3000, async () => timed(async () => repl('1 + 1')));
  const against = { "Node's REPL, in process": spread(inProcess).p50, ipykernel: ipykernel?.roundTripMs.p50, "Deno's kernel": deno?.roundTripMs.p50 };
  report.add(spreadRow('round trip of 1 + 1', 'ms', trips, { target: '≤ 0.2 ms, ipykernel 10 times, Deno 3 times as much', against }));
}

/** What the ways through the engine cost: nothing at all, an await, a value that only V8 knows, a call that blocks. */
async function measureSmallCells(): Promise<void> {
  await using session = await createSession();
  const cells = { 'an empty cell': '', 'an await of nothing': 'await 0', 'a value that V8 tells': 'if (true) 2', 'a call that blocks': 'require("node:fs").existsSync("/")' };
  for (const [name, code] of Object.entries(cells)) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    await times(200, async () => session.execute(code));
    // oxlint-disable-next-line no-await-in-loop -- as above
    report.add(spreadRow(`round trip of ${name}`, 'ms', await times(1000, async () => timed(async () => session.execute(code)))));
  }
}

/** What a cell of a few hundred lines costs before V8 sees it, when it is new and when it comes again. */
function measureCompiling(): void {
  const source = Array.from({ length: 300 }, (_, line) => `function step${line}(a: number, b: number): number { return a * ${line} + b; }`).join('\n');
  const compiler = new CellCompiler();
  const compile = (code: string, ordinal: number): number => {
    const began = performance.now();
    compiler.compile({ code, language: 'typescript', filename: 'cell.ts', ordinal }, new Map());
    return performance.now() - began;
  };
  const fresh = Array.from({ length: 40 }, (_, index) => compile(`${source}\n// ${index}`, index)).slice(10);
  compile(source, 100);
  const again = Array.from({ length: 30 }, (_, index) => compile(source, 101 + index));
  report.add(spreadRow('compiling 300 lines that came before', 'ms', again, { against: { 'that are new': spread(fresh).p50 } }));
}

async function measurePrinting(): Promise<void> {
  let lines = 0;
  await using session = await createSession({ onOutput: ({ text }) => (lines += text.split('\n').length - 1) });
  const took = await timed(async () => session.execute('for (let i = 0; i < 100_000; i++) console.log("line " + i)'));
  const against = { ipykernel: ipykernel?.printing.lastLineMs, "Deno's kernel": deno?.printing.lastLineMs };
  const late = deno ? `; Deno's sent ${deno.printing.linesAfterEnd} after the end of its cell` : '';
  report.add(row('100,000 printed lines', 'ms', took, { notes: `${lines} arrived, all before the result${late}`, against }));
  if (lines !== 100_000) throw new Error(`Lost lines: ${lines} of 100,000 arrived`);
}

async function measureLoops(): Promise<void> {
  await using session = await createSession();
  const loops = {
    'integer loop of 1e8': ['let n = 0; for (let i = 0; i < 1e8; i++) n = (n + i) | 0; n', '≤ 1.2 times'],
    'floating-point sum of 1e8': ['let sum = 0; for (let i = 0; i < 1e8; i++) sum += i * 0.5; sum', '≤ 2.5 times'],
  } as const;
  for (const [name, [code, target]] of Object.entries(loops)) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    const cell = Math.min(...(await times(5, async () => (await session.execute(code)).executionTimeMs)));
    const best = (way: PlainWay): number => Math.min(...Array.from({ length: 3 }, () => plainRun(code, way)));
    const script = best('script');
    const against = { 'a script, vm.runInThisContext': script, 'a file, node file.cjs': best('file'), 'locals of a function': best('function') };
    report.add(row(name, 'ms', cell, { target: `${target} a plain script`, notes: `${(cell / script).toFixed(2)} times a plain script`, against }));
  }
}

async function measureInterrupts(): Promise<void> {
  await using session = await createSession();
  await session.execute('const kept = 42');
  const all: number[] = [];
  for (const { name, code } of nineSituations) {
    // oxlint-disable-next-line no-await-in-loop -- as above
    const samples = await times(5, async () => interrupt(session, code));
    all.push(...samples);
    report.add(spreadRow(`interrupt: ${name}`, 'ms', samples));
  }
  report.add(spreadRow('interrupt: all nine, variables kept', 'ms', all, { target: '≤ 30 ms' }));
}

/** From the cancel to the end of the cell. Throws when that cost the variables. */
async function interrupt(session: Session, code: string): Promise<number> {
  const started = Promise.withResolvers<void>();
  const ended = session.execute(code, { language: 'javascript', onStart: () => started.resolve() });
  await started.promise;
  await new Promise((settle) => setTimeout(settle, 50));
  const took = await timed(async () => {
    await session.cancel();
    await ended;
  });
  if ((await session.execute('kept')).value !== 42) throw new Error(`The variables are lost after ${code}`);
  return took;
}

async function measureMemory(): Promise<void> {
  await using session = await createSession({ maxMemoryBytes: 512 * 2 ** 20, maxHeapMegabytes: 2048 });
  await session.execute('const kept = 42');
  const samples = await times(3, async () => {
    const took = await timed(async () => session.execute('const list = []; for (;;) list.push(new Array(1e6).fill(1.5))'));
    if ((await session.execute('kept')).value !== 42) throw new Error('The variables are lost after a memory blow-up');
    await session.execute('list.length = 0');
    return took;
  });
  report.add(spreadRow('memory blow-up to its end, 512 MiB allowed', 'ms', samples, { target: '≤ 2000 ms with the variables' }));
}

/**
 * The text of a cell as Node runs it without a session: as a script whose names are those of the realm, which a cell's are
 * too; as a file, whose names are those of a module; and in a function that is called again and again.
 */
type PlainWay = 'script' | 'file' | 'function';

/** In a process of its own, timed inside it. */
function plainRun(code: string, way: PlainWay): number {
  const used = code.replace(/(\w+)$/u, 'globalThis.kept = $1'); // or the compiler would leave the loop out
  const programs = {
    script: clocked(`require('node:vm').runInThisContext(${JSON.stringify(used)})`),
    file: clocked(used),
    function: `const run = () => { ${used} }; run(); run(); ${clocked('run()')}`,
  };
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  try {
    const file = join(folder, 'program.cjs');
    writeFileSync(file, programs[way]);
    return Number(execFileSync(process.execPath, [file], { encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function clocked(run: string): string {
  return `const began = performance.now(); ${run}; console.log(performance.now() - began)`;
}

function nodeRepl(): (code: string) => Promise<unknown> {
  const server = startRepl({ input: new PassThrough(), output: new PassThrough(), terminal: false });
  return async (code) =>
    new Promise((resolve) => {
      server.eval(`${code}\n`, server.context, 'repl', (_error, value) => resolve(value));
    });
}

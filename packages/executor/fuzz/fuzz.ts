/**
 * Hostile cells and hostile frames against a real session. A session that is not the target must live on, and the host
 * must neither crash nor hang. Prints its seed; the same seed makes the same run.
 *
 *     npm run fuzz -w packages/executor [-- --cells 10000 --frames 100000 --seed 1]
 */
import { parseArgs } from 'node:util';
import { createMessage, encodeFrame, FrameDecoder, isHoldfastError, msgpackCodec, parseMessage } from '@holdfast/protocol';
import { createSession, type Session } from '@holdfast/executor';

const { values } = parseArgs({
  options: { cells: { type: 'string', default: '10000' }, frames: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
});
let state = Number(values.seed);
console.log(`seed ${values.seed}`);

const globals = ['Promise', 'JSON', 'Object', 'Array', 'Map', 'Set', 'Symbol', 'Error', 'Reflect', 'Function', 'String', 'Buffer', 'process', 'console', 'setImmediate', 'queueMicrotask'];
const methods = ['then', 'toString', 'push', 'map', 'has', 'get', 'set', 'constructor', 'call', 'toJSON', 'slice'];
const names = ['x', '_', 'In', 'Out', '__proto__', 'constructor', '__holdfast', 'await', 'let', 'globalThis', 'ünï'];
const things = ['null', 'undefined', '1', '"x"', '() => { throw 1 }', '{}', '[]', '10n', 'Symbol("s")', 'NaN', 'new Map([[{}, []]])', 'class {}', 'new Error("x", { cause: 1 })', '"y".repeat(1e5)', 'new Array(1e5)', 'globalThis', 'async () => 1', 'Object.create(null)'];
const bodies = ['throw new Error("hostile")', 'for (let i = 0; i < 1e4; i++);', 'return this', 'return {}', 'while (Math.random() > 1);', 'undefined.x', 'var q = 1', 'console.log("in")'];

fuzzFrames(Number(values.frames));
await fuzzCells(Number(values.cells));

function fuzzFrames(count: number): void {
  const codec = msgpackCodec();
  const good = encodeFrame(codec.encode(createMessage('output', { stream: 'stdout', text: 'grüße\n', late: false })));
  const outcomes = new Map<string, number>();
  for (let index = 0; index < count; index += 1) {
    const bytes = Uint8Array.from(good);
    for (let edit = 0; edit <= below(4); edit += 1) bytes[below(bytes.length)] = below(256);
    const decoder = new FrameDecoder({ maxFrameBytes: 1 << 20 });
    let outcome = 'accepted';
    try {
      const cut = below(4) === 0 ? 1 + below(bytes.length) : bytes.length;
      decoder.push(bytes.subarray(0, cut), (payload) => void parseMessage(codec.decode(payload)));
      decoder.end();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      outcome = error.code;
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  console.log(`${count} frames:`, Object.fromEntries(outcomes));
}

async function fuzzCells(count: number): Promise<void> {
  await using bystander = await createSession();
  await bystander.execute('const untouched = 42');
  let target = await createSession();
  const outcomes = new Map<string, number>();
  for (let index = 0; index < count; index += 1) {
    const code = hostileCell();
    const result = await target.execute(code, { timeoutMs: 300 });
    if (result.error?.name === 'WorkerDied') console.log(`cost its session: ${JSON.stringify(code)}, ${result.error.message}`);
    const outcome = result.error ? `error ${result.error.name === 'WorkerDied' ? 'WorkerDied' : ''}`.trim() : result.status;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (index % 500 === 499) {
      await assertAlive(bystander);
      await target.close();
      target = await createSession();
      console.log(`${index + 1} cells`, Object.fromEntries(outcomes));
    }
  }
  await target.close();
  await assertAlive(bystander);
  console.log(`${count} cells, the bystander kept its variables`);
}

async function assertAlive(session: Session): Promise<void> {
  const { value } = await session.execute('untouched');
  if (value !== 42) throw new Error(`The bystander lost its variable: ${JSON.stringify(value)}`);
}

/** A cell made of pieces that break things: the globals that engines need, values that resist, text that is no program. */
function hostileCell(): string {
  const pieces = [
    () => `${pick(globals)} = ${pick(things)}`,
    () => `globalThis.${pick(globals)}.prototype.${pick(methods)} = ${pick(things)}`,
    () => `const ${pick(globals)} = ${pick(things)}`,
    () => `Object.defineProperty(globalThis, '${pick(names)}', { get() { ${pick(bodies)} }, configurable: true })`,
    () => `({ toString() { ${pick(bodies)} }, toJSON() { ${pick(bodies)} }, [Symbol.for('nodejs.util.inspect.custom')]() { ${pick(bodies)} } })`,
    () => `new Proxy({}, { get() { ${pick(bodies)} }, ownKeys() { ${pick(bodies)} }, getPrototypeOf() { ${pick(bodies)} } })`,
    () => `throw ${pick(things)}`,
    () => `Promise.reject(${pick(things)})`,
    () => `setTimeout(() => { ${pick(bodies)} }, ${below(20)})`,
    () => `process.${pick(['exit(1)', 'abort = null', 'emit("exit")', 'removeAllListeners()', 'stdout.end()', 'stdout.destroy()', 'exitCode = "x"', 'chdir("/")', 'nextTick = null'])}`,
    () => `console.${pick(['log', 'table', 'dir', 'group', 'trace'])}(${pick(things)})`,
    () => `${pick(names)}: for (const ${pick(names)} of [${pick(things)}]) { ${pick(bodies)} }`,
    () => `await ${pick(things)}`,
    () => `eval(${JSON.stringify(pick(bodies))})`,
    () => garbage(),
  ];
  return Array.from({ length: 1 + below(3) }, () => pick(pieces)()).join(pick([';', '\n', ';\n', ' ']));
}

function garbage(): string {
  return String.fromCharCode(...Array.from({ length: 1 + below(40) }, () => pick([below(128), below(0x10000), 0x28 + below(8)])));
}

function pick<Item>(items: readonly Item[]): Item {
  const item = items[below(items.length)];
  if (item === undefined) throw new Error('Cannot pick from nothing');
  return item;
}

/** The generator of Park and Miller (1988): small, and the same everywhere. */
function below(limit: number): number {
  state = (state * 48_271 + 11) % 2_147_483_647;
  return state % limit;
}

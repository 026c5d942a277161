/** Cells that only end when they are cancelled. */
export interface Situation {
  readonly name: string;
  readonly code: string;
}

/** The nine of the comparison of kernels. */
export const nineSituations: readonly Situation[] = [
  { name: 'loop', code: 'for (;;) {}' },
  { name: 'pending await', code: 'await new Promise((settle) => setTimeout(settle, 30_000))' },
  { name: 'loop after an await', code: 'await 0; for (;;) {}' },
  { name: 'loop in a timer', code: 'setTimeout(() => { for (;;) {} }, 1); await new Promise(() => {})' },
  { name: 'endless awaits', code: 'for (;;) await 0' },
  { name: 'regular expression', code: '/^(a+)+$/.test("a".repeat(40) + "b")' },
  { name: 'execSync', code: 'require("node:child_process").execSync("sleep 20")' },
  { name: 'loop that catches', code: 'for (;;) { try { for (;;) {} } catch {} }' },
  { name: 'finally around an await', code: 'try { await new Promise(() => {}) } finally { globalThis.cleaned = true }' },
];

/** More kinds of code, for cancels at random. */
export const moreSituations: readonly Situation[] = [
  { name: 'Atomics.wait', code: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)' },
  { name: 'comparator', code: 'for (;;) Array.from({ length: 1e4 }, Math.random).sort((a, b) => a - b)' },
  { name: 'garbage', code: 'for (;;) { const list = []; for (let i = 0; i < 1e5; i++) list.push({ i }) }' },
  { name: 'promise chain', code: 'const again = () => Promise.resolve().then(again); await again()' },
  { name: 'rejections', code: 'for (;;) { try { await Promise.reject(1) } catch {} }' },
  { name: 'printing', code: 'for (let i = 0; ; i++) console.log(i)' },
  { name: 'printing between awaits', code: 'for (let i = 0; ; i++) { console.log(i); await new Promise((settle) => setTimeout(settle, 1)) }' },
  { name: 'for await', code: 'for await (const each of (async function* () { for (;;) yield 1 })()) {}' },
  { name: 'generator', code: 'for (const each of (function* () { for (;;) yield 1 })()) {}' },
  { name: 'recursion', code: 'for (;;) { try { (function deep() { deep() })() } catch {} }' },
  { name: 'JSON', code: 'const data = Array.from({ length: 1e4 }, (_, i) => ({ i })); for (;;) JSON.parse(JSON.stringify(data))' },
  { name: 'proxy', code: 'const proxy = new Proxy({}, { get: (_, name) => name }); for (;;) proxy.x' },
  { name: 'async function', code: 'const tick = async () => { for (;;) await new Promise(setImmediate) }; await tick()' },
  { name: 'interval', code: 'let count = 0; const id = setInterval(() => { count++ }, 1); try { await new Promise(() => {}) } finally { clearInterval(id) }' },
  { name: 'microtasks', code: 'await new Promise(() => { const again = () => queueMicrotask(again); again() })' },
  { name: 'hash', code: 'require("node:crypto").pbkdf2Sync("a", "b", 300_000, 64, "sha512")' },
  { name: 'read of a file', code: 'for (;;) require("node:fs").readFileSync("/proc/self/status")' },
];

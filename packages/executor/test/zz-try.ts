import { createSession } from '@holdfast/executor';
const session = await createSession({ onOutput: (o) => console.log('OUT', o) });
for (const code of [
 '{ await using r = { async [Symbol.asyncDispose]() { console.log("disposed") } }; void r; console.log("in") }',
 'using r2 = { [Symbol.dispose]() {} }; 1',
 'throw {code:7}',
 'await import("./nope.mjs")',
 '"x"',
 'interface A {}\nlet x: = 3',
 "@dec class A {}",
 'const x = "\ud800"; x.length',
 'let n = "a\0b"; n.length',
 '\0',
 'new Error("a", {cause: new TypeError("b")})',
 'throw new Error("a", {cause: new TypeError("b")})',
 'throw new AggregateError([new Error("p1"), 2], "agg")',
 'null as any',
 'setTimeout(() => { throw new Error("t") }, 1); await new Promise(r => setTimeout(r, 20))',
 'Promise.reject(new Error("u")); await new Promise(r => setTimeout(r, 20))',
]) { const { executionId, sessionId, ...r } = await session.execute(code); console.log(code, r); }
await session.close();

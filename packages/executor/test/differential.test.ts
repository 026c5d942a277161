/**
 * Programs that are generated: what one prints as one cell, as cells split between its statements, and as a file that
 * plain Node runs, has to be the same, and so has the error that ends it. All programs of a batch run in one file, in a
 * function of their own each, so that Node starts once.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSession, type Session } from '@holdfast/executor';
import { array, constant, constantFrom, integer, letrec, oneof, sample as sampleOf, tuple, type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);

let folder: string;
let session: Session;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-programs-'));
  session = await createSession({ directory: folder });
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true });
});

const names = ['a', 'b', 'c', 'd'] as const;
const someName = constantFrom(...names);
const literal = oneof(integer({ min: -9, max: 9 }).map(String), constantFrom('"text"', '`t${1}`', 'null', 'undefined', '[1, 2]', '{ k: 1 }', 'true', '/x/g.source', '10n', '-0'));

/** An expression over the names, most of which do not throw. */
const expression: Arbitrary<string> = letrec<{ tree: string }>((tie) => ({
  tree: oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal.map((text) => `(${text})`),
    someName,
    tuple(tie('tree'), constantFrom('===', '??', '||', '&&', ','), tie('tree')).map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
    tuple(tie('tree'), tie('tree'), tie('tree')).map(([condition, yes, no]) => `(${condition} ? ${yes} : ${no})`),
    tie('tree').map((inner) => `[${inner}, ...[${inner}]]`),
    tie('tree').map((inner) => `{ k: ${inner} }.k`.replace(/^/u, '(').replace(/$/u, ')')),
    tie('tree').map((inner) => `(await (${inner}))`),
    tie('tree').map((inner) => `(await (async () => ${inner.includes('await') ? `{ return ${inner} }` : inner.startsWith('{') ? `(${inner})` : inner})())`),
    tie('tree').map((inner) => `typeof (${inner})`),
  ),
})).tree;

const statement: Arbitrary<string> = oneof(
  tuple(someName, expression).map(([name, value]) => `${name} = ${value};`),
  tuple(someName, expression).map(([name, value]) => `show('${name}', ${value});`),
  tuple(expression, someName, expression).map(([condition, name, value]) => `if (${condition}) { let inner = ${value}; ${name} = inner } else show('else');`),
  tuple(integer({ min: 1, max: 3 }), someName, expression).map(([times, name, value]) => `for (let index = 0; index < ${times}; index += 1) { if (index === 1) continue; ${name} = ${value}; show(index) };`),
  tuple(someName, expression).map(([name, value]) => `try { ${name} = ${value}; throw new Error('thrown') } catch ({ message }) { show(message) } finally { show('finally') };`),
  tuple(expression).map(([value]) => `for await (const each of [1, ${value}]) show('each', each);`),
  tuple(someName, someName).map(([left, right]) => `[${left}, ${right} = 5] = [${right}, ${left}];`),
  tuple(someName, expression).map(([name, value]) => `({ k: ${name} = ${value} } = { k: ${name} });`),
  someName.map((name) => `${name}?.k.deep;`),
  expression.map((value) => `switch (${value}) { case 1: show('one'); break; default: show('other') };`),
  tuple(someName, expression).map(([name, value]) => `var later = async () => { ${name} = ${value}; return 'done' }; show(await later());`),
  constant('null.x;'),
);

const declared = constantFrom<readonly string[]>(
  ['let a = 1, b = "b", c = null, d;'],
  ['var a = 1;', 'let b = "b";', 'var { k: c, ...d } = { k: 3, l: 4 };'],
  ['let a = await 1;', 'let [b, c = 2] = [await null];', 'var d = () => a;'],
);
const programs = tuple(declared, array(oneof({ weight: 20, arbitrary: statement }), { minLength: 1, maxLength: 6 })).map((parts) => parts.flat());

const show = "function show(...values) { lines.push(values.map((value) => typeof value === 'function' ? 'function' : typeof value === 'bigint' ? value + 'n' : Object.is(value, -0) ? '-0' : JSON.stringify(value) ?? 'undefined').join(' ')) }";
const last = 'show(a, b, c, d);';

/** What each program shows, and the error that ends it, as plain Node has it. */
async function runPlainly(all: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
  const bodies = all.map((program) => `await (async () => { const lines = []; ${show}\n try { ${[...program, last].join('\n')} } catch (error) { lines.push(String(error)) } all.push(lines) })();`);
  const file = join(folder, 'programs.mjs');
  await writeFile(file, `const all = [];\n${bodies.join('\n')}\nprocess.stdout.write(JSON.stringify(all));`);
  const { stdout } = await run(process.execPath, [file], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as string[][];
}

/** The same as cells; what comes behind one that throws is not run. */
async function runAsCells(cells: readonly string[], language: 'typescript' | 'javascript'): Promise<readonly string[]> {
  await session.execute(`"use strict"; globalThis.lines = []; globalThis.show = ${show}`, { language: 'javascript' });
  for (const cell of cells) {
    const { error } = await session.execute(cell, { language });
    if (!error) continue;
    return [...(await shown()), `${error.name}: ${error.message}`];
  }
  return shown();
}

async function shown(): Promise<readonly string[]> {
  return (await session.execute('lines', { language: 'javascript' })).value as string[];
}

test('EX-12 EX-23 what a program does as one cell, and split at its statements, is what plain Node does with it', async () => {
  const sample = sampleOf(programs, { numRuns: 100, seed: 20261129 });
  const expected = await runPlainly(sample);

  for (const [index, program] of sample.entries()) {
    const language = index % 2 === 0 ? 'typescript' : 'javascript';
    expect({ program, shown: await runAsCells([...program, last], language) }).toEqual({ program, shown: expected[index] });
    expect({ program, shown: await runAsCells([[...program, last].join('\n')], language) }).toEqual({ program, shown: expected[index] });
  }
}, 120_000);

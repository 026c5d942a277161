import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, expect, test } from 'vitest';

let session: Session;
beforeAll(async () => {
  session = await createSession();
  await session.execute('const c = { valueOf: () => 7 }; let log = []; import { join } from "node:path"');
});
afterAll(async () => {
  await session.close();
});

const refused = { status: 'error', error: { name: 'TypeError', message: 'Assignment to constant variable.' } };

test.each<[string, number]>([
  ['c = 2', 3],
  ['   c = 2', 6],
  ['(c) = 2', 5],
  ['log; c /* = */ = 2', 16],
  ['c++', 2],
  ['--c', 3],
  ['c += 1', 3],
  ['c **= 2', 3],
  ['c &&= 1', 3],
  ['[c] = [1]', 2],
  ['[...c] = [1]', 5],
  ['[[c = 3]] = [[]]', 3],
  ['({ c } = { c: 1 })', 4],
  ['({ c = 1 } = {})', 4],
  ['({ a: c } = { a: 1 })', 7],
  ['({ ...c } = {})', 7],
  ['for (c of [1]);', 6],
  ['for (c in { a: 1 });', 6],
  ['for ([c] of [[1]]);', 7],
  ['for await (c of [1]);', 12],
  ['(() => { c = 1 })()', 12],
  ['(function () { return c++ })()', 24],
  ['new (class { field = c = 1 })()', 24],
  ['((a = (c = 2)) => { var c })()', 10],
  ['join = 1', 6],
  ['await Promise.resolve(); c = 1', 28],
  ['`${c = 1}`', 6],
  ['eval; c = c = 1', 13],
  ['c += await Promise.resolve(1)', 3],
])('C06 EX-35 %s is refused where it stands', async (code, column) => {
  expect(await session.execute(code, { language: 'javascript' })).toMatchObject({ ...refused, error: { ...refused.error, span: { line: 1, column } } });
});

test.each<[string, unknown]>([
  ['(() => { let c = 1; return c = 2 })()', 2],
  ['((c) => c++)(4)', 4],
  ['{ let c = 1; c += 1 }', 2],
  ['for (let c = 0; c < 3; c++) c', 2],
  ['try { throw 1 } catch (c) { c = 9 }', 9],
  ['(function c() { c = 1; return typeof c })()', 'function'],
  ['log.c = 5', 5],
  ['({ c: log.d } = { c: 6 }).c', 6],
  ['(() => { const c = 1; try { c = 2 } catch (error) { return error.message } })()', 'Assignment to constant variable.'],
])('%s assigns no constant of the top level', async (code, value) => {
  expect(await session.execute(code, { language: 'javascript' })).toMatchObject({ status: 'ok', value });
});

test('the right-hand side runs first, and a compound assignment reads first', async () => {
  await session.execute('log = []; const order = { valueOf: () => (log.push("read"), 1) }');

  expect(await session.execute('order = log.push("plain")')).toMatchObject(refused);
  expect(await session.execute('order += log.push("compound")', { language: 'javascript' })).toMatchObject(refused);
  expect(await session.execute('log')).toMatchObject({ value: ['plain', 'compound', 'read'] });
});

test('a logical assignment that assigns nothing is no assignment', async () => {
  await session.execute('const full = 1, empty = 0');

  expect(await session.execute('[full ??= 2, full ||= 2, empty &&= 2]', { language: 'javascript' })).toMatchObject({ value: [1, 1, 0] });
  expect(await session.execute('empty ||= 2', { language: 'javascript' })).toMatchObject(refused);
  expect(await session.execute('empty')).toMatchObject({ value: 0 });
});

test('C06 a constant is one in its own cell, and what ran before the assignment is kept', async () => {
  expect(await session.execute('let before = 1; const own = 1; before = 2; own = 5; before = 3', { language: 'javascript' })).toMatchObject(refused);
  expect(await session.execute('[before, own]')).toMatchObject({ value: [2, 1] });
});

test('C07 a constant of a cell with await is one, and its error can be caught', async () => {
  await session.execute('const awaited = await Promise.resolve(1)');

  expect(await session.execute('try { awaited = 2 } catch (error) { `${error instanceof TypeError}: ${error.message}` }')).toMatchObject({
    value: 'true: Assignment to constant variable.',
  });
});

test.each(['let again = 2', 'var again = 2', 'function again() {}', 'class again {}'])('C05 %s makes a constant assignable', async (declaration) => {
  await session.execute('const again = 1');
  expect(await session.execute('again = 9')).toMatchObject(refused);

  expect(await session.execute(`${declaration}\nagain = 9`, { language: 'javascript' })).toMatchObject({ status: 'ok' });
  expect(await session.execute('again = 10; again')).toMatchObject({ value: 10 });
});

test.each(['let', 'var', 'function', 'class'])('C05 a constant over a %s cannot be assigned', async (kind) => {
  const name = `over_${kind}`;
  await session.execute(kind === 'function' ? `function ${name}() {}` : kind === 'class' ? `class ${name} {}` : `${kind} ${name} = 1`);
  await session.execute(`const ${name} = 2`);

  expect(await session.execute(`${name} = 3`)).toMatchObject(refused);
  expect(await session.execute(name)).toMatchObject({ value: 2 });
});

test('a constant is declared again, whatever the cells before declared beside it', async () => {
  await session.execute('const left = 1; let right = 1');

  expect(await session.execute('const { left, right } = { left: 2, right: 3 }; [left, right]')).toMatchObject({ value: [2, 3] });
  expect(await session.execute('right = 4')).toMatchObject(refused);
});

test('C05 one declaration may take names that were declared with different keywords', async () => {
  await session.execute('var mixedVar = 1; let mixedLet = 2');

  const code = 'const { mixedVar, mixedLet, mixedNew } = { mixedVar: 3, mixedLet: 4, mixedNew: 5 }';
  expect(await session.execute(code, { language: 'javascript' })).toMatchObject({ status: 'ok', valueOmitted: 'undefined' });
  expect(await session.execute('[mixedVar, mixedLet, mixedNew]')).toMatchObject({ value: [3, 4, 5] });
  expect(await session.execute('mixedNew = 6')).toMatchObject(refused);
  expect(await session.execute('let mixedLet, mixedVar = 7; [mixedLet, mixedVar, mixedVar = 8]')).toMatchObject({ repr: '[ undefined, 7, 8 ]' });
});

test('a cell that does not compile makes nothing a constant', async () => {
  await session.execute('let still = 1');
  await session.execute('const still = 2; let twice; let twice', { language: 'javascript' });

  expect(await session.execute('still = 3')).toMatchObject({ status: 'ok', value: 3 });
});

test('statements without semicolons stay apart', async () => {
  expect(await session.execute('const apart = 1\nlog\napart = 2', { language: 'javascript' })).toMatchObject({ error: { ...refused.error, span: { line: 3, column: 7 } } });
  expect(await session.execute('log\n++apart', { language: 'javascript' })).toMatchObject({ error: { ...refused.error, span: { line: 2, column: 3 } } });
});

test.each<[string, string, unknown]>([
  ['let', 'for (var name_ = 0; name_ < 3; name_++);', 3],
  ['const', 'for (var name_ = 0, other_ = 1; name_ < 2; name_++);', 2],
  ['class', 'for (var { name_ } of [{ name_: 4 }]);', 4],
  ['let', 'for (var name_ in { key: 1 });', 'key'],
  ['const', 'if (true) var name_ = 5', 5],
  ['const', '{ var { name_, ...other_ } = { name_: 6 } }', 6],
  ['let', 'try { var other_ = 1, name_ = await Promise.resolve(7) } finally {}', 7],
])('C05 after a %s: %s', async (kind, code, value) => {
  const name = `inner_${kind}_${String(value)}`;
  await session.execute(kind === 'class' ? `class ${name} {}` : `${kind} ${name} = 0`);

  expect(await session.execute(code.replaceAll('name_', name), { language: 'javascript' })).toMatchObject({ status: 'ok' });
  expect(await session.execute(name)).toMatchObject({ value });
  expect(await session.execute(`${name} = 8`)).toMatchObject({ status: 'ok' });
});

test('a var in a block over a let has no value of its own', async () => {
  await session.execute('let quiet = 1');

  expect(await session.execute('{ var quiet = 2 }', { language: 'javascript' })).toMatchObject({ status: 'ok', valueOmitted: 'undefined' });
});

test('C05 a function inside a block leaves it where its name is free', async () => {
  await session.execute('{ function blocked() { return 1 } } const kept = 1');
  expect(await session.execute('blocked()')).toMatchObject({ value: 1 });
  await session.execute('const blocked = 2');
  await session.execute('{ function kept() {} }');

  expect(await session.execute('[blocked, kept]')).toMatchObject({ value: [2, 1] });
  expect(await session.execute('blocked = 3')).toMatchObject(refused);
  expect(await session.execute('kept = 3')).toMatchObject(refused);
});

test('C05 a default export is declared like any other', async () => {
  await session.execute('const exported = 1');
  await session.execute('export default function exported() { return 5 }');
  expect(await session.execute('exported()')).toMatchObject({ value: 5 });
  await session.execute('export default class exported { static n = 6 }');
  expect(await session.execute('exported.n')).toMatchObject({ value: 6 });
});

test('EX-13 a real session says that a cell blocks', async () => {
  await session.execute("import { existsSync } from 'node:fs'");

  expect(await session.execute("existsSync('/')")).toMatchObject({ value: true, mode: 'blocking_sync' });
});

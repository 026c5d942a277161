import { createSession, type CapabilityPort, type CapabilityRequest, type Session } from '@holdfast/executor';
import { HoldfastError } from '@holdfast/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';

const offered = { approve: 'Asks a person.', add: 'Adds numbers.' };

async function open(request: CapabilityPort['request'], timeoutMs?: number): Promise<Session> {
  return createSession({ capabilities: { offered, request }, ...(timeoutMs !== undefined && { capabilityTimeoutMs: timeoutMs }) });
}

let shared: Session;
beforeAll(async () => {
  shared = await open(async ({ input }) => input);
});
afterAll(async () => shared.close());

test('PR-14 a cell asks for a capability and awaits its result', async () => {
  const asked: CapabilityRequest[] = [];
  await using session = await open(async (request) => {
    asked.push(request);
    return { got: request.input };
  });

  const result = await session.execute(`const answers = await Promise.all([capabilities.add({ left: 1 }), capabilities.add(), capabilities.approve('x')]); answers`);

  expect(result).toMatchObject({ status: 'ok', value: [{ got: { left: 1 } }, { got: null }, { got: 'x' }] });
  expect(asked.map(({ capability, input }) => [capability, input])).toEqual([['add', { left: 1 }], ['add', null], ['approve', 'x']]);
  expect(asked[0]).toMatchObject({ sessionId: session.id, executionId: result.executionId });
  expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(3);
});

test('PR-15 the object lists what is offered, with what each is for', async () => {
  await using session = await open(async () => null);

  const result = await session.execute(`({ names: Object.keys(capabilities), about: capabilities.add.description, has: ['add' in capabilities, 'other' in capabilities], same: capabilities.add === capabilities.add })`);

  expect(result).toMatchObject({ value: { names: ['approve', 'add'], about: 'Adds numbers.', has: [true, false], same: true } });
});

test.each([
  ['assigned', 'capabilities = 1'],
  ['assigned in strict code', '"use strict"; capabilities = 1'],
  ['declared with var', 'var capabilities = 1'],
  ['declared with let', 'let capabilities = 1'],
  ['declared as a function', 'function capabilities() {}'],
  ['deleted', '"use strict"; delete globalThis.capabilities'],
  ['redefined', 'Object.defineProperty(globalThis, "capabilities", { value: 1 })'],
  ['given a member', 'capabilities.add = 1'],
  ['given a new member', 'Object.defineProperty(capabilities, "x", { value: 1 })'],
  ['robbed of a member', 'delete capabilities.add'],
  ['frozen', 'Object.freeze(capabilities)'],
  ['given another prototype', 'Object.setPrototypeOf(capabilities, {})'],
])('PR-15 the name is protected: it cannot be %s', async (_how, code) => {
  expect(await shared.execute(code, { language: 'javascript' })).toMatchObject({ status: 'error' });
  expect(await shared.execute('await capabilities.add("kept")')).toMatchObject({ value: 'kept' });
  expect(await shared.listNames()).toEqual([]);
});

test('PR-15 where nothing is offered, the name is free', async () => {
  await using session = await createSession();

  expect(await session.execute('const capabilities = ["own"]; capabilities[0]')).toMatchObject({ value: 'own' });
});

test('PR-14 what the session does not offer is refused with a code and the names that there are', async () => {
  await using session = await open(async () => 1);

  const result = await session.execute(`try { await capabilities.fly() } catch ({ code, message, hint }) { [code, message, hint] }`);

  expect(result.value).toEqual(['HOLDFAST_EXECUTOR_CAPABILITY_UNKNOWN', 'Cannot give "fly": the session does not offer it', 'This session offers approve, add']);
});

const ask = (call: string): string => `try { await ${call} } catch ({ code, message }) { [code, message] }`;

test('PR-14 an error of Holdfast comes as it is, another one by its message, a bad result as a failure', async () => {
  const outcomes: Record<string, () => Promise<never>> = {
    approve: async () => Promise.reject(new HoldfastError('HOLDFAST_PROMISES_DENIED', 'Cannot approve: denied')),
    add: async () => Promise.reject(new Error('out of numbers')),
  };
  await using session = await open(async ({ capability, input }) => (input === 'bad' ? ((() => 1) as never) : outcomes[capability]!()));

  expect(await session.execute(ask('capabilities.approve()'))).toMatchObject({ value: ['HOLDFAST_PROMISES_DENIED', 'Cannot approve: denied'] });
  expect(await session.execute(ask('capabilities.add()'))).toMatchObject({ value: ['HOLDFAST_EXECUTOR_CAPABILITY_FAILED', 'Cannot give "add": out of numbers'] });
  expect(await session.execute(ask('capabilities.add("bad")'))).toMatchObject({ value: ['HOLDFAST_EXECUTOR_CAPABILITY_FAILED', 'Cannot give "add": its result is not JSON'] });
});

test('PR-14 a capability that does not answer in time is refused, and its handler is told', async () => {
  const told = Promise.withResolvers<AbortSignal>();
  await using session = await open(async (_request, { signal }) => {
    told.resolve(signal);
    return new Promise(() => undefined);
  }, 30);

  expect(await session.execute(`try { await capabilities.add() } catch ({ code }) { code }`)).toMatchObject({ value: 'HOLDFAST_EXECUTOR_CAPABILITY_TIMEOUT' });
  expect((await told.promise).aborted).toBe(true);
});

test('PR-14 cancelling the cell rejects what it asked, tells the handler, and leaves no stray rejection', async () => {
  const told = Promise.withResolvers<AbortSignal>();
  const late: string[] = [];
  await using session = await createSession({
    capabilities: {
      offered,
      request: async (_request, { signal }) => {
        told.resolve(signal);
        return new Promise(() => undefined);
      },
    },
    onOutput: ({ text }) => late.push(text),
  });

  const running = session.execute(`let seen; const background = capabilities.approve(); background.then(null, ({ name }) => { seen = name }); void capabilities.add(); await capabilities.add()`);
  const signal = await told.promise;
  await session.cancel();

  expect(await running).toMatchObject({ status: 'cancelled', cancelled: { step: 'signal' } });
  expect(signal.aborted).toBe(true);
  expect(await session.execute('await new Promise((turn) => setImmediate(turn)); seen')).toMatchObject({ value: 'AbortError' });
  expect(late).toEqual([]);
});

test('PR-14 a question of a timer belongs to the cell that started it, also after its end', async () => {
  const asked = Promise.withResolvers<CapabilityRequest>();
  await using session = await open(async (request) => {
    asked.resolve(request);
    return 1;
  });

  const { executionId } = await session.execute(`setTimeout(() => capabilities.add(7), 5); undefined`);

  expect(await asked.promise).toMatchObject({ executionId, input: 7 });
});

test.each([
  ['a function', 'await capabilities.add(() => 1)', 'its input is not serialisable'],
  ['a cycle', '{ const a = []; a.push(a); await capabilities.add(a) }', 'its input is not serialisable'],
  ['too much', 'await capabilities.add("x".repeat(2e6))', 'its input is too large'],
  ['no name', 'await capabilities[""]()', 'its name has 0 characters'],
])('PR-14 %s is refused before it is sent', async (_what, code, message) => {
  expect(await shared.execute(code)).toMatchObject({
    status: 'error',
    error: { name: 'TypeError', message: expect.stringContaining(message) },
  });
});

test('PR-15 names are added while the session lives, also while a cell runs, and a new worker knows them', async () => {
  await using session = await open(async ({ capability }) => capability);
  const began = Promise.withResolvers<void>();

  const running = session.execute(`console.log('here'); while (!('later' in capabilities)) await new Promise((turn) => setImmediate(turn)); await capabilities.later()`, {
    onOutput: () => began.resolve(),
  });
  await began.promise;
  await session.offerCapabilities({ later: 'Came later.' });
  expect(await running).toMatchObject({ value: 'later' });

  process.kill(session.pid!, 'SIGKILL');
  await new Promise<void>((gone) => session.on('exit', () => gone()));
  expect(await session.execute('Object.keys(capabilities)')).toMatchObject({ value: ['approve', 'add', 'later'] });
});

test('PR-14 ten thousand questions at once are all answered', async () => {
  expect(await shared.execute(`(await Promise.all(Array.from({ length: 10_000 }, (_, index) => capabilities.add(index)))).reduce((a, b) => a + b)`)).toMatchObject({ value: 49_995_000 });
});

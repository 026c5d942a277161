import { createMemoryEventStore, type Event } from '@holdfast/event-store';
import { SessionManager, type ExecutionResult } from '@holdfast/executor';
import { HoldfastService, SessionEventType, sessionStream } from '@holdfast/orchestrator';
import { openPromises } from '@holdfast/promises/durable';
import { afterEach, expect, test } from 'vitest';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

async function ports() {
  const stores = { events: createMemoryEventStore(), promises: await openPromises({ mode: 'memory' }) };
  opened.push(stores.events, stores.promises);
  return stores;
}

/** The log of the last process, and what a file of promises brings into the next one. */
async function portsOfTheNext({ events }: Awaited<ReturnType<typeof ports>>) {
  const promises = await openPromises({ mode: 'memory' });
  opened.push(promises);
  return { events, promises };
}

async function open(given?: Awaited<ReturnType<typeof ports>>): Promise<HoldfastService> {
  const stores = given ?? (await ports());
  const sessions = new SessionManager();
  const service = await HoldfastService.open({ ...stores, sessions });
  opened.push(service);
  return service;
}

async function run(service: HoldfastService, sessionId: string, code: string): Promise<ExecutionResult> {
  const view = await service.execute(sessionId, { code });
  if (view.state === 'running') throw new Error('the cell did not end');
  return view.result;
}

async function take(events: AsyncIterable<Event>, until: (event: Event) => boolean): Promise<Event[]> {
  const taken: Event[] = [];
  for await (const event of events) {
    taken.push(event);
    if (until(event)) break;
  }
  return taken;
}

const ended = (event: Event): boolean => event.type === SessionEventType.EXECUTION_ENDED;

test('SRV-72 a session keeps its variables from cell to cell', async () => {
  const service = await open();
  const { sessionId, state, pid } = await service.createSession();

  await run(service, sessionId, 'const kept: number = await Promise.resolve(20)');
  const result = await run(service, sessionId, 'kept + 22');

  expect(state).toBe('ready');
  expect(pid).toBeGreaterThan(0);
  expect(result).toMatchObject({ status: 'ok', value: 42, sessionId });
  expect(await service.listNames(sessionId)).toEqual([{ name: 'kept', kind: 'lexical', type: 'number', preview: '20' }]);
});

test('WF-11 WF-12 what happens is in the log in order, and a follower gets it from any version', async () => {
  const service = await open();
  const { sessionId } = await service.createSession({ sessionId: 'followed' });
  const following = take(service.subscribeSession(sessionId, { afterVersion: 1 }), ended);

  await run(service, sessionId, 'console.log("one"); console.error("two")');

  const events = await following;
  expect(events.map(({ type, streamVersion, taskId }) => [taskId, streamVersion, type])).toEqual([
    [sessionStream('followed'), 2, 'EXECUTION_STARTED'],
    [sessionStream('followed'), 3, 'EXECUTION_OUTPUT'],
    [sessionStream('followed'), 4, 'EXECUTION_OUTPUT'],
    [sessionStream('followed'), 5, 'EXECUTION_ENDED'],
  ]);
  expect(events.slice(1, 3).map(({ data }) => data['text'])).toEqual(['one\n', 'two\n']);
});

test('a second cell is refused while one runs, and the first one is not disturbed', async () => {
  const service = await open();
  const { sessionId } = await service.createSession();
  const running = await service.execute(sessionId, { code: 'await new Promise((resolve) => { globalThis.finish = resolve })', waitMs: 1 });

  await expect(service.execute(sessionId, { code: '1' })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_SESSION_BUSY' });
  expect(running.state).toBe('running');
  expect(await service.cancel(sessionId, { executionId: 'another' })).toBe(false);
  expect(await service.cancel(sessionId)).toBe(true);

  const view = await service.getExecution(running.executionId, { waitMs: 10_000 });
  expect(view).toMatchObject({ state: 'ended', result: { status: 'cancelled', cancelled: { by: 'user', step: 'signal', namespaceKept: true } } });
  expect(await service.cancel(sessionId)).toBe(false);
});

test('SRV-58 a new process lists the sessions of the last one, ends what it left running, and runs on in a new worker', async () => {
  const stores = await ports();
  const first = await open(stores);
  const { sessionId } = await first.createSession({ sessionId: 'survivor' });
  await run(first, sessionId, 'const lost = 1');
  const executionId = crypto.randomUUID();
  await stores.events.append(sessionStream(sessionId), [
    { type: SessionEventType.EXECUTION_STARTED, data: { executionId, code: 'for (;;);', language: 'typescript' } },
  ]);

  const second = await open(await portsOfTheNext(stores));

  expect(second.listSessions()).toMatchObject([{ sessionId, state: 'suspended', pid: null, executions: 2 }]);
  expect(await second.getExecution(executionId)).toMatchObject({ state: 'ended', result: { status: 'error', error: { name: 'Interrupted' } } });
  expect(await run(second, sessionId, 'typeof lost')).toMatchObject({ value: 'undefined' });
});

test('an execution that exists is not started again', async () => {
  const service = await open();
  const { sessionId } = await service.createSession();
  await service.execute(sessionId, { code: '1', executionId: 'once' });

  await expect(service.execute(sessionId, { code: '2', executionId: 'once' })).rejects.toMatchObject({
    code: 'HOLDFAST_ORCHESTRATOR_EXECUTION_EXISTS',
  });
  expect(service.listExecutions(sessionId)).toHaveLength(1);
});

test('EV-08 what is unknown, closed or no id is refused by name', async () => {
  const service = await open();
  const { sessionId } = await service.createSession();
  await service.closeSession(sessionId);

  const unknown = { code: 'HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND' };
  await expect(service.execute(sessionId, { code: '1' })).rejects.toMatchObject(unknown);
  await expect(service.cancel('nobody')).rejects.toMatchObject(unknown);
  await expect(service.createSession({ sessionId: 'a\nb' })).rejects.toMatchObject({ code: 'HOLDFAST_PROTOCOL_INVALID_ID' });
  await expect(service.getExecution('nothing')).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_EXECUTION_NOT_FOUND' });
  expect(service.listSessions()).toEqual([]);
});

test('values that no store can keep still have a result', async () => {
  const service = await open();
  const { sessionId } = await service.createSession();

  const result = await run(service, sessionId, String.raw`({ half: '\ud800', big: undefined })`);

  expect(result).toMatchObject({ status: 'ok', value: { half: '\ufffd' } });
});

test('PR-09 PR-17 what waits for a person is listed and answered once', async () => {
  const stores = await ports();
  const service = await open(stores);
  await stores.promises.external.create({ id: 'ask-1', kind: 'approval', data: { question: 'Deploy?' } });

  expect(await service.listPendingPromises()).toMatchObject([{ id: 'ask-1', kind: 'approval', data: { question: 'Deploy?' } }]);
  await service.resolvePromise('ask-1', true);

  expect(await stores.promises.external.wait('ask-1')).toBe(true);
  await expect(service.rejectPromise('ask-1', { message: 'no' })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING' });
  expect(await service.listPendingPromises()).toEqual([]);
});

test('ORC-22 after closing nothing starts, and the log knows how each execution ended', async () => {
  const stores = await ports();
  const service = await open(stores);
  const { sessionId } = await service.createSession();
  await service.execute(sessionId, { code: 'await new Promise(() => undefined)', waitMs: 1 });

  await service.close();

  await expect(service.createSession()).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_CLOSED' });
  const log = await take(stores.events.read({ taskId: sessionStream(sessionId) }), ended);
  expect(log.at(-1)?.data['result']).toMatchObject({ status: 'cancelled', cancelled: { by: 'shutdown', namespaceKept: false } });
});

test('EX-94 PR-17 what a cell asks a person is a promise that anybody can answer, and an event that followers see', async () => {
  const service = await open();
  const { sessionId } = await service.createSession();
  const asked = take(service.subscribeSession(sessionId), (event) => event.type === SessionEventType.INPUT_REQUESTED);

  const running = run(service, sessionId, `console.log('before'); prompt('Name?', { secret: true })`);
  const request = (await asked).at(-1)!.data;
  const [pending] = await service.listPendingPromises();
  await service.resolvePromise(pending!.id, 'Ada');

  expect(request).toMatchObject({ prompt: 'Name?', secret: true });
  expect((await asked).at(-2)).toMatchObject({ type: SessionEventType.EXECUTION_OUTPUT, data: { text: 'before\n' } });
  expect(pending).toMatchObject({ id: request['promiseId'], kind: 'input', data: { sessionId, prompt: 'Name?' } });
  expect(await running).toMatchObject({ status: 'ok', value: 'Ada' });
  expect(await service.listPendingPromises()).toEqual([]);
});

test.each<[string, (service: HoldfastService, sessionId: string, promiseId: string) => Promise<unknown>, object]>([
  ['refuses', async (service, _session, id) => service.rejectPromise(id, { message: 'nobody is here' }), { status: 'error', error: { message: 'Cannot ask for input: nobody is here' } }],
  ['answers no text at first', answerWithANumberAtFirst, { status: 'ok', value: 'Ada' }],
  ['answers nothing', async (service, _session, id) => service.resolvePromise(id, null), { status: 'ok', value: null }],
  ['cancels instead', async (service, session) => service.cancel(session), { status: 'cancelled', cancelled: { step: 'signal', namespaceKept: true } }],
])('EX-94 a person who %s', async (_what, answer, outcome) => {
  const service = await open();
  const { sessionId } = await service.createSession();
  const asked = take(service.subscribeSession(sessionId), (event) => event.type === SessionEventType.INPUT_REQUESTED);

  const running = run(service, sessionId, `prompt('Name?')`);
  await asked;
  const [pending] = await service.listPendingPromises();
  await answer(service, sessionId, pending!.id);

  expect(await running).toMatchObject(outcome);
  expect(await service.listPendingPromises()).toEqual([]);
});

async function answerWithANumberAtFirst(service: HoldfastService, _session: string, id: string): Promise<void> {
  await expect(service.resolvePromise(id, 7)).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_UNEXPECTED_ANSWER' });
  await service.resolvePromise(id, 'Ada');
}

test('EX-94 a question that a crash left open is not asked again', async () => {
  const stores = await ports();
  await stores.promises.external.create({ id: 'left', kind: 'input', data: { prompt: 'Name?' } });

  const service = await open(stores);

  expect(await service.listPendingPromises()).toEqual([]);
});

test('PR-17 what the cell of an earlier process asked of its host waits no more; what others asked does', async () => {
  const stores = await ports();
  const first = await open(stores);
  const { sessionId } = await first.createSession();
  await first.execute(sessionId, { code: '1', executionId: 'asks' });
  const next = await portsOfTheNext(stores);
  const ask = async (id: string, executionId: string): Promise<unknown> =>
    next.promises.external.create({ id, kind: 'approve', data: { type: 'capability_request', capability: 'approve', method: 'ask', args: [], executionId } });
  await ask('of the cell', 'asks');
  await ask('of a stranger', 'elsewhere');

  const service = await open(next);

  expect((await service.listPendingPromises()).map(({ id }) => id)).toEqual(['of a stranger']);
});

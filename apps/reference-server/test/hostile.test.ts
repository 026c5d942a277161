import { openApiDocument } from '@holdfast/server';
import { operations, fillPath, type Operation } from '@holdfast/protocol/api';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { array, assert, asyncProperty, constantFrom, json, jsonValue, oneof, option, string, tuple, type Arbitrary } from 'fast-check';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Api, token, type Answer } from './running-holdfast.ts';
import { startWithTasks } from './running-tasks.ts';

/** `HOSTILE_RUNS=2000 npx vitest run test/hostile.test.ts` is the long form. */
const runs = Number(process.env['HOSTILE_RUNS'] ?? 30);

let holdfast: Awaited<ReturnType<typeof startWithTasks>>;
let api: Api;
beforeAll(async () => {
  holdfast = await startWithTasks();
  api = new Api(holdfast.server.url);
  await api.request('POST', '/sessions', { sessionId: 'known' });
  await api.request('POST', '/tasks', { prompt: 'x', taskId: 'known' });
});
afterAll(async () => holdfast.close());

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormatsModule.default(ajv);
const document = openApiDocument('1');
ajv.addSchema(document, 'openapi');

const templates: Readonly<Record<string, object>> = {
  createSession: { sessionId: 'known', language: 'typescript' },
  execute: { code: '1', language: 'javascript', timeoutMs: 1000, waitMs: 0 },
  cancelExecution: { executionId: 'e' },
  restore: { checkpointId: 'c' },
  resolvePromise: { value: 1 },
  rejectPromise: { error: { message: 'no' } },
  createTask: { prompt: 'x', taskId: 'known', priority: 'LOW', answers: [] },
  intervene: { kind: 'message', message: 'x', expectedVersion: 1 },
  answerQuestion: { value: true, promiseId: 'p' },
};
const hostileValue: Arbitrary<unknown> = oneof(jsonValue({ maxDepth: 4 }), constantFrom<unknown>('', '\u0000', '\uD800', '💥'.repeat(500), 'x'.repeat(20_000), -1, 1e308, 2 ** 53, null, [], {}, '../../etc', '__proto__', { __proto__: null, constructor: 1 }));

/** A body that is nearly right, any JSON, or none at all. */
function hostileBody(template: object): Arbitrary<string> {
  const nearlyRight = oneof(constantFrom(...Object.keys(template)), constantFrom('__proto__', 'constructor', 'colour')).chain((name) => hostileValue.map((value) => `${JSON.stringify(template).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}}`));
  return oneof({ weight: 4, arbitrary: nearlyRight }, { weight: 2, arbitrary: json() }, { weight: 1, arbitrary: string() }, { weight: 1, arbitrary: nearlyRight.map((text) => text.slice(0, text.length / 2)) });
}

const hostileText: Arbitrary<string> = oneof(constantFrom('', '-1', '0', '5', '1e9', 'NaN', 'true', 'pending', 'running', '\u0000', 'x'.repeat(5000), '2026-13-45', '2026-01-01T00:00:00Z'), string({ maxLength: 20 }));
const ids: Arbitrary<string> = oneof(constantFrom('known', 'none', 'a/b', '%', '..', 'x'.repeat(1000)), string({ minLength: 1, maxLength: 40 }));

describe('whatever is sent, the answer is one that the document tells', () => {
  test.each(Object.entries(templates))('SRV-32 SRV-07 %s', async (name, template) => {
    const operation: Operation = operations[name as keyof typeof operations];

    await assert(
      asyncProperty(hostileBody(template), ids, async (body, id) => {
        const path = fillPath(operation.path, { sessionId: id, taskId: id, promiseId: id, executionId: id });
        if (isResolved(path)) return;
        const answer = await api.send('POST', path, { body, headers: { 'content-type': 'application/json' } });

        expectDocumented(operation, answer);
      }),
      { numRuns: runs },
    );
  });

  const others = Object.entries<Operation>(operations).filter(([name]) => !(name in templates) && name !== 'closeSession');
  test.each([...others, ['closeSession', operations.closeSession] as const])('SRV-07 SRV-34 %s, whatever its id and query', async (_name, operation: Operation) => {
    const fields = [...Object.keys(operation.query?.shape ?? {}), 'colour', '__proto__'];
    const query = array(tuple(constantFrom(...fields), hostileText), { maxLength: 3 });

    await assert(
      asyncProperty(ids, query, option(json()), async (id, given, body) => {
        const path = fillPath(operation.path, { sessionId: id, taskId: id, promiseId: id, executionId: id });
        if (isResolved(path)) return;
        const search = given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, value.toWellFormed()])).toString()}`;
        const answer = await api.send(operation.method, path + search, operation.method === 'GET' || body === null ? {} : { body, headers: { 'content-type': 'application/json' } });

        expectDocumented(operation, answer);
      }),
      { numRuns: runs },
    );
  });

  test('SRV-14 frames that are none end their own connection and nothing else', async () => {
    await assert(
      asyncProperty(string({ unit: 'binary', maxLength: 200 }), constantFrom(0x81, 0x82, 0x01, 0x88, 0x89, 0xf1, 0x83, 0x00), async (noise, first) => {
        await sendFrame(Buffer.concat([Buffer.from([first, noise.length % 256]), Buffer.from(noise)]));
      }),
      { numRuns: runs },
    );

    expect((await api.request('GET', '/health')).status).toBe(200);
    expect((await api.request('GET', '/tasks/known')).status).toBe(200);
  });
});

/** A status that the document tells, with a body as it says. */
function expectDocumented({ method, path, answers, problems }: Operation, { status, body }: Answer): void {
  expect([...Object.keys(answers), '400', '403', ...problems.map(String), '503']).toContain(String(status));
  if (answers[status] === null) return;
  const type = status < 400 || status in answers ? 'application~1json' : 'application~1problem+json';
  const validate = ajv.getSchema(`openapi#/paths/${path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method.toLowerCase()}/responses/${status}/content/${type}/schema`);
  expect(validate?.(body) === true ? [] : [status, body, validate?.errors]).toEqual([]);
}

/** Opens a WebSocket by hand, sends bytes, and hangs up when the server has answered or had its chance. */
async function sendFrame(bytes: Buffer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(holdfast.server.port, '127.0.0.1', () => {
    socket.write(`GET /ws/known HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`);
  });
  socket.once('data', (head) => {
    expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /u);
    socket.end(bytes);
  });
  socket.on('error', () => resolve());
  socket.on('close', () => resolve());
  await promise;
}

/** A client resolves these before it sends them, so it asks for something else. */
function isResolved(path: string): boolean {
  return path.split('/').some((part) => part === '.' || part === '..');
}

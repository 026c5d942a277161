import { readFileSync } from 'node:fs';
import { errorFactory, HoldfastError } from '@holdfast/protocol';
import { toProblem } from '@holdfast/server';
import { describe, expect, test } from 'vitest';
import { errorTable, serverError } from '../src/errors.ts';

const foreignError = errorFactory({
  HOLDFAST_EVENT_STORE_DISK_FULL: { meaning: 'A code of two words.', mend: 'Make room' },
  HOLDFAST_KETTLE_BOILS_OVER: { meaning: 'A code that no status is known for.', mend: 'Lift the lid' },
});

describe('an error becomes problem details', () => {
  test('with its status, its message, and a code without the name of its package', () => {
    const problem = toProblem(serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: body: no', { data: { issues: [] } }));

    expect(problem).toEqual({
      type: 'https://github.com/holdfast/holdfast/blob/main/docs/errors.md#holdfast_server_validation',
      title: 'Bad request',
      status: 400,
      detail: 'Cannot accept request: body: no',
      code: 'validation',
      retriable: false,
      hint: 'Correct the field that the message names',
      data: { issues: [] },
    });
  });

  test('a package of two words is left out whole', () => {
    expect(toProblem(foreignError('HOLDFAST_EVENT_STORE_DISK_FULL', 'Cannot append'))).toMatchObject({ status: 507, code: 'disk_full' });
  });

  test('a code without a status is a fault of the server', () => {
    expect(toProblem(foreignError('HOLDFAST_KETTLE_BOILS_OVER', 'Cannot pour'))).toMatchObject({ status: 500, code: 'boils_over', detail: 'Cannot pour' });
  });

  test.each([new Error('a secret of /home'), 'a secret', undefined, null, { message: 'a secret' }])('what is not ours keeps its text to itself: %j', (thrown) => {
    const problem = toProblem(thrown);

    expect(problem).toMatchObject({ status: 500, code: 'internal', title: 'Internal error' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  test('no problem has a stack or a cause', () => {
    const problem = toProblem(serverError('HOLDFAST_SERVER_NOT_FOUND', 'Cannot GET /x: there is nothing', { cause: new Error('inner') }));

    expect(JSON.stringify(problem)).not.toMatch(/stack|cause|inner|\.ts/u);
  });

  test('each code that a request can meet has a status of its own', () => {
    const start = new Set(['HOLDFAST_SERVER_PORT_IN_USE', 'HOLDFAST_SERVER_CANNOT_LISTEN', 'HOLDFAST_SERVER_TOKEN_REQUIRED']);
    const codes = Object.keys(errorTable).filter((code) => !start.has(code)) as (keyof typeof errorTable)[];

    expect(codes.filter((code) => toProblem(serverError(code, 'Cannot')).status === 500)).toEqual([]);
  });

  test('of the orchestrator, only what no client can cause is a fault of the server', () => {
    const table = readFileSync(new URL('../../orchestrator/src/errors.ts', import.meta.url), 'utf8');
    const codes = [...table.matchAll(/^ {2}(HOLDFAST_ORCHESTRATOR_[A-Z_]+): \{$/gmu)].map(([, code = '']) => code);
    const statuses = codes.map((code) => [code.replace('HOLDFAST_ORCHESTRATOR_', ''), toProblem(new HoldfastError(code, 'Cannot')).status] as const);

    expect(statuses.filter(([, status]) => status === 500).map(([code]) => code)).toEqual(['CHECKPOINT_CORRUPT', 'DISPATCH_FAILED', 'TASK_FAILED']);
    expect(Object.fromEntries(statuses)).toMatchObject({ DEPENDENCY_FAILED: 409, DUPLICATE_TASK: 409, CIRCULAR_DEPENDENCY: 409, INVALID_TASK: 400, TASK_NOT_FOUND: 404, QUEUE_FULL: 503, MODEL_FAILED: 503 });
  });
});

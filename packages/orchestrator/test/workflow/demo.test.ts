import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionManager } from '@holdfast/executor';
import { createDemoCoder, createSessionTestRunner, streamCodingWorkflow, type WorkflowEvent } from '@holdfast/orchestrator';
import { expect, onTestFinished, test } from 'vitest';

test('WF-08 WF-09 WF-10 WF-14 WF-20 WF-23 the recorded task plans, fails a test, corrects, asks, and leaves modules whose tests pass by hand', { timeout: 60_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-tasks-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  await using sessions = new SessionManager();
  const testRunner = createSessionTestRunner({ sessions, directory, limits: { isolation: 'restricted' } });
  const stream = streamCodingWorkflow({ taskId: 'demo-1', prompt: 'demo', approval: 'always' }, { coder: createDemoCoder(), testRunner, ask: async () => true });

  const seen: WorkflowEvent[] = [];
  let next = await stream.next();
  while (!next.done) {
    seen.push(next.value);
    next = await stream.next();
  }

  expect(seen.map(({ type, module, codeVersion }) => [type, module, codeVersion])).toEqual([
    ['TASK_STARTED', undefined, 0],
    ['PLANNING_COMPLETE', undefined, 0],
    ['MODULE_STARTED', 'parse-duration', 0],
    ['MODULE_ITERATION', 'parse-duration', 0],
    ['CODE_GENERATED', 'parse-duration', 1],
    ['TEST_STARTED', 'parse-duration', 1],
    ['TEST_FAILED', 'parse-duration', 1],
    ['BUG_REPORT_RECEIVED', 'parse-duration', 1],
    ['MODULE_ITERATION', 'parse-duration', 1],
    ['CORRECTION_STARTED', 'parse-duration', 1],
    ['CORRECTION_COMPLETED', 'parse-duration', 2],
    ['TEST_STARTED', 'parse-duration', 2],
    ['TEST_PASSED', 'parse-duration', 2],
    ['MODULE_COMPLETE', 'parse-duration', 2],
    ['MODULE_STARTED', 'format-duration', 2],
    ['MODULE_ITERATION', 'format-duration', 2],
    ['CODE_GENERATED', 'format-duration', 3],
    ['TEST_STARTED', 'format-duration', 3],
    ['TEST_PASSED', 'format-duration', 3],
    ['MODULE_COMPLETE', 'format-duration', 3],
    ['QUESTION_ASKED', undefined, 3],
    ['QUESTION_ANSWERED', undefined, 3],
    ['TASK_COMPLETE', undefined, 3],
  ]);
  expect(seen.map(({ version }) => version)).toEqual(seen.map((_, index) => index + 1));
  expect(seen[6]?.message).toBe('2 of 3 tests fail');
  const { folder, files } = next.value;
  expect(files).toEqual(['parse-duration.ts', 'parse-duration.test.ts', 'format-duration.ts', 'format-duration.test.ts']);
  const byHand = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...files.filter((file) => file.endsWith('.test.ts'))], { cwd: folder ?? '', encoding: 'utf8' });
  expect({ status: byHand.status, failures: /^# fail .*$/mu.exec(byHand.stdout)?.[0] }).toEqual({ status: 0, failures: '# fail 0' });
});

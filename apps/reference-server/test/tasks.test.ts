import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exited, holdfast, spawnHoldfast } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

/** The event types of a timeline, without those that a restart adds. */
function typesOf(output: string): string[] {
  return [...output.matchAll(/^ *[\d.]+s {2}. ([A-Z_]+)/gmu)].map(([, type = '']) => type).filter((type) => type !== 'TASK_QUEUED' && type !== 'TASK_RESUMED');
}

/** What a task left on disk, by its name. */
function filesIn(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).toSorted().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Runs the tests that a task left on disk, as anybody would. */
function passesByHand(folder: string): boolean {
  const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const { status } = spawnSync(process.execPath, ['--test', '--disable-warning=ExperimentalWarning', ...tests], { cwd: folder });
  return tests.length > 0 && status === 0;
}

const run = ['tasks', 'run', 'demo', '--model', 'demo', '--id', 'demo-task'];

const whole: readonly string[] = [
  'TASK_CREATED',
  'TASK_STARTED',
  'PLANNING_COMPLETE',
  'MODULE_STARTED',
  'MODULE_ITERATION',
  'CODE_GENERATED',
  'TEST_STARTED',
  'TEST_FAILED',
  'BUG_REPORT_RECEIVED',
  'MODULE_ITERATION',
  'CORRECTION_STARTED',
  'CORRECTION_COMPLETED',
  'TEST_STARTED',
  'TEST_PASSED',
  'MODULE_COMPLETE',
  'MODULE_STARTED',
  'MODULE_ITERATION',
  'CODE_GENERATED',
  'TEST_STARTED',
  'TEST_PASSED',
  'MODULE_COMPLETE',
  'QUESTION_ASKED',
  'USER_INTERVENTION',
  'QUESTION_ANSWERED',
  'TASK_COMPLETE',
];

/** What the task leaves when nothing interrupts it; its tests pass by hand. */
let files: Readonly<Record<string, string>>;

test('WF-23 tasks run shows the recorded task to its end, says that it is recorded, and what it made passes by hand', async () => {
  const cwd = temporaryFolder();

  const { code, stdout } = await holdfast([...run, '--yes'], { cwd });

  expect(code).toBe(0);
  expect(stdout).toContain('model demo (recorded)\nThe answers of this model were written earlier and are only played back');
  expect(typesOf(stdout)).toEqual(whole);
  expect(passesByHand(join(cwd, '.holdfast/tasks/demo-task'))).toBe(true);
  files = filesIn(join(cwd, '.holdfast/tasks/demo-task'));
});

test('a task that asks is left waiting where nobody sits at the terminal, and goes on with the answer in another process', async () => {
  const cwd = temporaryFolder();

  const first = await holdfast(run, { cwd });
  expect(first.code).toBe(3);
  expect(first.stdout).toContain('holdfast tasks answer demo-task yes --model demo\n');
  const listed = await holdfast(['tasks', '--json'], { cwd });
  expect(JSON.parse(listed.stdout)).toMatchObject({ tasks: [{ taskId: 'demo-task', status: 'waiting', isRecorded: true, questions: [{ kind: 'approval' }] }] });
  const second = await holdfast(['tasks', 'answer', 'demo-task', 'yes', '--model', 'demo', '--json'], { cwd });

  expect(second.code).toBe(0);
  expect(JSON.parse(second.stdout)).toMatchObject({ status: 'completed', codeVersion: 3, questions: [], result: { files: expect.arrayContaining(['parse-duration.ts']) } });
  const got = await holdfast(['tasks', 'get', 'demo-task', '--json'], { cwd });
  expect(JSON.parse(got.stdout)).toEqual(JSON.parse(second.stdout));
});

test('without a model an answer is kept, and the task goes on with the command that is printed', async () => {
  const cwd = temporaryFolder();
  await holdfast(run, { cwd });

  const answered = await holdfast(['tasks', 'answer', 'demo-task', 'yes'], { cwd });

  expect(answered).toEqual({ code: 3, stdout: 'Task demo-task has its answer and goes on with a model\nholdfast tasks watch demo-task --model demo\n', stderr: '' });
  expect(await holdfast(['tasks', 'watch', 'demo-task', '--yes'], { cwd })).toMatchObject({ code: 3, stderr: '' });
  expect(await holdfast(['tasks', 'watch', 'demo-task', '--model', 'demo'], { cwd })).toMatchObject({ code: 0, stdout: expect.stringContaining('Task demo-task completed') });
});

test('without a model tasks watch prints what happened in a task that was broken off, and how it goes on', async () => {
  const cwd = temporaryFolder();
  const child = spawnHoldfast(run, { cwd });
  child.stdout!.once('data', () => child.kill('SIGKILL'));
  await exited(child);

  const { code, stdout, stderr } = await holdfast(['tasks', 'watch', 'demo-task'], { cwd });

  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  expect(typesOf(stdout)).toContain('TASK_CREATED');
  expect(stdout).toContain('Task demo-task queued\nGoes on with a model\nholdfast tasks watch demo-task --model demo\n');
});

test('WF-07 tasks run with --watch and --json prints each event as a line of JSON as it happens, and then the task', async () => {
  const { code, stdout } = await holdfast([...run, '--yes', '--watch', '--json'], { cwd: temporaryFolder() });

  expect(code).toBe(0);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.slice(0, -1).map(({ type }) => type).filter((type) => type !== 'TASK_QUEUED')).toEqual(whole);
  expect(lines.at(-1)).toMatchObject({ taskId: 'demo-task', status: 'completed' });
});

test('without a model a task is refused with what to do; the rest of the command works', async () => {
  const cwd = temporaryFolder();

  const { code, stdout, stderr } = await holdfast(['tasks', 'run', 'Write a parser'], { cwd });

  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^holdfast: Cannot run a coding task: no model is configured \(HOLDFAST_ORCHESTRATOR_NO_MODEL\)\nhint: [^\n]*--model ollama:NAME[^\n]*\n$/u);
  expect(await holdfast(['tasks', 'list'], { cwd })).toMatchObject({ code: 0, stdout: 'No tasks yet: holdfast tasks run "PROMPT" submits one\n' });
  expect(await holdfast(['tasks', 'get', 'nobody'], { cwd })).toMatchObject({ code: 1, stderr: expect.stringContaining('HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND') });
});

test('tasks cancel ends a task for good', async () => {
  const cwd = temporaryFolder();
  await holdfast(run, { cwd });

  const { code, stdout } = await holdfast(['tasks', 'cancel', 'demo-task', '--json'], { cwd });

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ taskId: 'demo-task', cancelled: true, status: 'cancelled' });
  expect((await holdfast(['tasks', 'cancel', 'demo-task'], { cwd })).code).toBe(0);
  expect((await holdfast(['tasks', 'watch', 'demo-task', '--model', 'demo'], { cwd })).code).toBe(1);
});

const killPoints = ['TASK_QUEUED', 'TASK_STARTED', 'PLANNING_COMPLETE', 'CODE_GENERATED', 'TEST_STARTED', 'TEST_FAILED', 'CORRECTION_STARTED', 'TEST_PASSED', 'MODULE_COMPLETE', 'QUESTION_ASKED'];
/** All ten take two minutes: `KILL_POINTS=all npm test -w apps/reference-server -- tasks.test.ts`. */
const everyThird = killPoints.filter((_, index) => index % 3 === 1 || index === killPoints.length - 1);

test.each(process.env['KILL_POINTS'] === 'all' ? killPoints : everyThird)(
  'SRV-58 killed with kill -9 at %s, the task goes on in the next process and comes to the same end',
  { timeout: 180_000 },
  async (point) => {
    const cwd = temporaryFolder();
    const child = spawnHoldfast(run, { cwd });
    let heard = '';
    for await (const chunk of child.stdout!) {
      heard += String(chunk);
      if (heard.includes(` ${point} `)) break;
    }
    child.kill('SIGKILL');
    await exited(child);

    const { code, stdout } = await holdfast(['tasks', 'watch', 'demo-task', '--model', 'demo', '--yes'], { cwd });

    expect(code).toBe(0);
    expect(typesOf(stdout)).toEqual(whole);
    expect(filesIn(join(cwd, '.holdfast/tasks/demo-task'))).toEqual(files);
  },
);

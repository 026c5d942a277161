/**
 * What tests of sessions share: a look at the messages, a clock that stands still, workers without a process, and what
 * a person at a prompt expects of cells.
 *
 * @module
 */
export { collectMessages, type CollectedMessages } from './collect-messages.ts';
export { ManualClock } from './manual-clock.ts';
export { openTestExecutor, type TestExecutor, type TestExecutorOptions } from './test-executor.ts';
export { ScriptedWorker, scriptWorkers, type WorkerScript } from './scripted-worker.ts';
export { replCaseFiles, replCases } from './cases/index.ts';
export { type ReplCase, type ReplOutcome } from './cases/repl-case.ts';

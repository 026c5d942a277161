import { z } from 'zod';
import { acceptedExecution, cancelBody, cancelView, executeBody, executionList, executionResult, executionView } from './execution.ts';
import { health, liveness, readiness } from './health.ts';
import type { Operation } from './operation.ts';
import { promiseList, promiseQuery, rejectBody, resolveBody, settledPromise } from './promise.ts';
import { checkpointView, completeBody, completionView, createSessionBody, namespaceView, restoreBody, restoreView, sessionContext, sessionList, sessionView } from './session.ts';
import { eventList, eventQuery } from './stream.ts';
import { answerBody, cancelledTask, createdTask, createTaskBody, interventionBody, questionList, taskFilter, taskList, taskView, taskWaiting } from './task.ts';

const waiting = z.strictObject({
  /** How long to wait for the end, if it still runs. */
  waitMs: z.int().nonnegative().max(25_000).optional(),
});
const eventStreams = ['application/x-ndjson', 'text/event-stream'];

/** Every request that the REST face answers, by name. */
export const operations = {
  createSession: {
    method: 'POST',
    path: '/sessions',
    summary: 'Creates a session and starts its worker',
    body: createSessionBody,
    example: { sessionId: 'demo', language: 'typescript' },
    bodyOptional: true,
    answers: { 201: sessionView },
    problems: [409, 413, 415, 422, 507],
  },
  listSessions: { method: 'GET', path: '/sessions', summary: 'Lists the open sessions, oldest first', answers: { 200: sessionList }, problems: [] },
  getSession: { method: 'GET', path: '/sessions/{sessionId}', summary: 'Tells one session', answers: { 200: sessionView }, problems: [404] },
  closeSession: {
    method: 'DELETE',
    path: '/sessions/{sessionId}',
    summary: 'Ends the worker of a session for good; its executions stay readable',
    answers: { 204: null },
    problems: [404, 409, 413, 415, 422, 507],
  },
  execute: {
    method: 'POST',
    path: '/sessions/{sessionId}/execute',
    summary: 'Runs a cell; what it throws is in its result',
    body: executeBody,
    example: { code: 'const answer: number = await Promise.resolve(42); answer', timeoutMs: 10_000 },
    answers: { 200: executionResult, 202: acceptedExecution },
    problems: [404, 409, 413, 415, 422, 507],
  },
  cancelExecution: {
    method: 'POST',
    path: '/sessions/{sessionId}/cancel',
    summary: 'Stops what runs in a session and keeps its variables; harmless where nothing runs',
    body: cancelBody,
    example: {},
    bodyOptional: true,
    answers: { 200: cancelView },
    problems: [404, 413, 415, 422],
  },
  checkpoint: {
    method: 'POST',
    path: '/sessions/{sessionId}/checkpoint',
    summary: 'Keeps the variables of a session, so that they outlive its worker',
    answers: { 201: checkpointView },
    problems: [404, 409, 413, 415, 422, 507],
  },
  restore: {
    method: 'POST',
    path: '/sessions/{sessionId}/restore',
    summary: 'Brings variables back from a checkpoint',
    body: restoreBody,
    example: {},
    bodyOptional: true,
    answers: { 200: restoreView },
    problems: [404, 409, 413, 415, 422, 507],
  },
  listExecutions: { method: 'GET', path: '/sessions/{sessionId}/executions', summary: 'Lists the executions of a session, oldest first', answers: { 200: executionList }, problems: [404] },
  listNames: { method: 'GET', path: '/sessions/{sessionId}/namespace', summary: 'Lists the names that user code made', answers: { 200: namespaceView }, problems: [404, 409] },
  complete: {
    method: 'POST',
    path: '/sessions/{sessionId}/complete',
    summary: 'Tells how code may go on at its end: names, members and modules; runs none of it',
    body: completeBody,
    example: { code: 'answer.toS' },
    answers: { 200: completionView },
    problems: [404, 409, 413, 415, 422, 507],
  },
  getSessionContext: {
    method: 'GET',
    path: '/sessions/{sessionId}/context',
    summary: 'Tells what a model needs to know of a session, within a budget',
    query: z.strictObject({ budgetTokens: z.int().positive().max(1_000_000).default(8192) }),
    answers: { 200: sessionContext },
    problems: [404],
  },
  readSessionEvents: {
    method: 'GET',
    path: '/sessions/{sessionId}/events',
    summary: 'Tells what happened in a session, in order, and as NDJSON or server-sent events what happens',
    query: eventQuery,
    answers: { 200: eventList },
    streams: eventStreams,
    problems: [404, 409],
  },
  getExecution: {
    method: 'GET',
    path: '/executions/{executionId}',
    summary: 'Tells the result of an execution, or that it runs',
    query: waiting,
    answers: { 200: executionView },
    problems: [404],
  },
  listPromises: { method: 'GET', path: '/promises', summary: 'Lists what waits for an answer, oldest first', query: promiseQuery, answers: { 200: promiseList }, problems: [] },
  resolvePromise: {
    method: 'POST',
    path: '/promises/{promiseId}/resolve',
    summary: 'Answers a promise',
    body: resolveBody,
    example: { value: { approved: true, comment: 'after lunch' } },
    answers: { 200: settledPromise },
    problems: [404, 409, 413, 415, 422, 507],
  },
  rejectPromise: {
    method: 'POST',
    path: '/promises/{promiseId}/reject',
    summary: 'Answers a promise with a refusal',
    body: rejectBody,
    example: { error: { message: 'not today' } },
    answers: { 200: settledPromise },
    problems: [404, 409, 413, 415, 422, 507],
  },
  createTask: {
    method: 'POST',
    path: '/tasks',
    summary: 'Starts a coding task; it is kept when this answers',
    body: createTaskBody,
    example: { prompt: 'Read durations such as "1h 30m" into milliseconds, and write them again', priority: 'HIGH' },
    answers: { 200: createdTask },
    problems: [404, 409, 413, 415, 422, 507],
  },
  listTasks: { method: 'GET', path: '/tasks', summary: 'Lists the tasks, oldest first', query: taskFilter, answers: { 200: taskList }, problems: [] },
  getTask: { method: 'GET', path: '/tasks/{taskId}', summary: 'Tells where a task stands; with waitMs, waits for news first', query: taskWaiting, answers: { 200: taskView }, problems: [404] },
  cancelTask: {
    method: 'POST',
    path: '/tasks/{taskId}/cancel',
    summary: 'Stops a task and waits until it has ended; harmless for one that has',
    answers: { 200: cancelledTask },
    problems: [404, 413, 415, 422, 507],
  },
  intervene: {
    method: 'POST',
    path: '/tasks/{taskId}/interventions',
    summary: 'Advises a running task, reports a bug to it, or answers what it asks',
    body: interventionBody,
    example: { kind: 'message', message: 'Use no dependencies', expectedVersion: 7 },
    answers: { 200: taskView },
    problems: [404, 409, 412, 413, 415, 422, 507],
  },
  listQuestions: { method: 'GET', path: '/tasks/{taskId}/questions', summary: 'Lists what a task asks', answers: { 200: questionList }, problems: [404] },
  answerQuestion: {
    method: 'POST',
    path: '/tasks/{taskId}/answers',
    summary: 'Answers what a task asks; the first answer decides',
    body: answerBody,
    example: { value: true },
    answers: { 200: taskView },
    problems: [404, 409, 413, 415, 422, 507],
  },
  readTaskEvents: {
    method: 'GET',
    path: '/tasks/{taskId}/events',
    summary: 'Tells what happened in a task, in order, and as NDJSON or server-sent events what happens',
    query: eventQuery,
    answers: { 200: eventList },
    streams: eventStreams,
    problems: [404, 409],
  },
  getHealth: { method: 'GET', path: '/health', summary: 'Tells whether the server can do its work, part by part', answers: { 200: health, 503: health }, problems: [], open: true },
  getLiveness: { method: 'GET', path: '/livez', summary: 'Tells that the server lives', answers: { 200: liveness }, problems: [], open: true },
  getReadiness: { method: 'GET', path: '/readyz', summary: 'Tells whether the server takes new work', answers: { 200: readiness, 503: readiness }, problems: [], open: true },
} as const satisfies Readonly<Record<string, Operation>>;

export type Operations = typeof operations;
export type OperationName = keyof Operations;

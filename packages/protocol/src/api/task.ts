import { z } from 'zod';
import { idSchema } from '../id.ts';
import { jsonValue } from '../json-value.ts';
import { TaskPriority, type TaskPriorityName } from '../priority.ts';

/** The longest prompt, in characters. */
export const maxPromptCharacters = 200_000;

const priorityNames = Object.keys(TaskPriority).filter((name): name is TaskPriorityName => name in TaskPriority);
/** By name, or by the number that the name stands for. */
const priority = z.enum(priorityNames);

/** An answer given ahead to a question that the task may ask. */
const answer = jsonValue;

export const createTaskBody = z
  .strictObject({
    prompt: z.string().max(maxPromptCharacters).regex(/\S/u, { message: 'a prompt says something' }),
    answers: z.array(answer).max(10_000).readonly().optional(),
    priority: priority.optional(),
    /** A new one unless given. */
    taskId: idSchema.optional(),
    /** Tasks that have to be completed first. */
    dependsOn: z.array(idSchema).max(1000).readonly().optional(),
    /** Cancels the task when it has run this long; 0 at once. */
    timeoutMs: z.int().nonnegative().max(2 ** 31 - 1).optional(),
    /** Whether it asks for approval before it completes; the server decides unless given. */
    approval: z.enum(['always', 'never']).optional(),
  })
  .meta({ id: 'CreateTask' });

/** `created` and `queued` wait for a place, `waiting` for a person; the last three are ends. */
export const taskStatus = z.enum(['created', 'queued', 'running', 'waiting', 'completed', 'failed', 'cancelled']);

export const createdTask = z
  .object({
    taskId: z.string(),
    status: taskStatus,
    /** Where its events come as they happen. */
    websocketUrl: z.string(),
  })
  .meta({ id: 'CreatedTask' });

const taskQuestion = z.object({
  /** Also the id of the promise behind it. */
  promiseId: z.string(),
  /** `approval` takes true or false, `question` any JSON value. */
  kind: z.enum(['approval', 'question']),
  question: z.string(),
  askedAt: z.iso.datetime(),
});

/** One task. */
export const taskView = z
  .object({
    taskId: z.string(),
    status: taskStatus,
    prompt: z.string(),
    priority,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    /** The version of its stream, gap-free. */
    version: z.int().nonnegative(),
    /** The global sequence number of its newest event. */
    sequence: z.int().nonnegative(),
    /** What writes the code. */
    model: z.string(),
    /** True where the answers of the model were recorded earlier and are only played back. */
    isRecorded: z.boolean(),
    /** How many generations of code there have been. */
    codeVersion: z.int().nonnegative(),
    modules: z
      .array(
        z.object({
          name: z.string(),
          status: z.enum(['planned', 'started', 'complete']),
          iterations: z.int().nonnegative(),
          testsPassed: z.int().nonnegative(),
          testsFailed: z.int().nonnegative(),
        }),
      )
      .readonly(),
    /** What it asks and has no answer to. */
    questions: z.array(taskQuestion).readonly(),
    /** What its model calls used; the cost is null where nobody said what the model costs. */
    usage: z.object({ calls: z.int().nonnegative(), inputTokens: z.int().nonnegative(), outputTokens: z.int().nonnegative(), costUsd: z.number().nullable() }),
    /** What it made; only when it is completed. */
    result: z.object({ summary: z.string(), folder: z.string().nullable(), files: z.array(z.string()).readonly() }).optional(),
    /** Why it failed or was cancelled. */
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .meta({ id: 'Task' });

export const taskList = z.object({ tasks: z.array(taskView).readonly() });
export const taskFilter = z.strictObject({ status: taskStatus.optional() });
export const taskWaiting = z.strictObject({
  /** How long to wait for news. */
  waitMs: z.int().nonnegative().max(25_000).optional(),
  /** The version that the client has; news is a higher one. The newest unless given. */
  sinceVersion: z.int().nonnegative().optional(),
});
export const cancelledTask = z.object({ cancelled: z.boolean(), status: taskStatus });
export const questionList = z.object({ questions: z.array(taskQuestion.extend({ taskId: z.string() })).readonly() });

/** `message` advises, `answer`, `approve` and `reject` answer what the task asks, `bug_report` tells of a fault in its code. */
const interventionKind = z.enum(['message', 'answer', 'approve', 'reject', 'bug_report']);

export const interventionBody = z
  .strictObject({
    kind: interventionKind,
    message: z.string().max(maxPromptCharacters).optional(),
    /** The answer, for kind `answer`. */
    decision: jsonValue.optional(),
    /** Which question; may be left out where one is open. */
    promiseId: z.string().min(1).max(1024).optional(),
    /** Whose fault it is, for kind `bug_report`. */
    module: z.string().min(1).max(1024).optional(),
    /** The code that it is about, for kind `bug_report`; dropped if that was replaced already. */
    codeVersion: z.int().nonnegative().optional(),
    /** The version of the task that this speaks of. Where the task has moved on, it is refused with 412. */
    expectedVersion: z.int().nonnegative().optional(),
  })
  .meta({ id: 'Intervention' });

export const answerBody = z.strictObject({ value: jsonValue, promiseId: z.string().min(1).max(1024).optional() }).meta({ id: 'Answer' });

export type TaskStatus = z.output<typeof taskStatus>;
export type TaskView = z.output<typeof taskView>;
export type CreateTaskBody = z.input<typeof createTaskBody>;
export type InterventionBody = z.input<typeof interventionBody>;

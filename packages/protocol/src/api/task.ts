import { z } from 'zod';
import { idSchema } from '../id.ts';
import { jsonValue } from '../json-value.ts';
import { TaskPriority, type TaskPriorityName } from '../priority.ts';

/** The longest prompt, in characters. */
export const maxPromptCharacters = 200_000;

const priorityNames = Object.keys(TaskPriority).filter((name): name is TaskPriorityName => name in TaskPriority);
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

export const interventionBody = z
  .strictObject({
    kind: z.string().min(1).max(64),
    message: z.string().max(maxPromptCharacters).optional(),
    decision: jsonValue.optional(),
    promiseId: z.string().min(1).max(1024).optional(),
    /** The version of the task that this speaks of. Where the task has moved on, it is refused with 412. */
    expectedVersion: z.int().nonnegative().optional(),
  })
  .meta({ id: 'Intervention' });

export type TaskStatus = z.output<typeof taskStatus>;
export type CreateTaskBody = z.input<typeof createTaskBody>;
export type InterventionBody = z.input<typeof interventionBody>;

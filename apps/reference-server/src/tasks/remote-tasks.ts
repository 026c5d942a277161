import { setTimeout as sleep } from 'node:timers/promises';
import type { Event, SubmitTaskRequest, TaskStatus, TaskView, WatchTaskOptions } from '@holdfast/orchestrator';
import type { JsonValue } from '@holdfast/protocol';
import { z } from 'zod';
import type { HttpClient } from '../client/http-client.ts';
import type { Tasks } from './task-host.ts';

// The server is of this very package's version, so its views are taken as they come.
const created = z.object({ taskId: z.string() });
const view = z.looseObject({ taskId: z.string(), status: z.string() }).transform(asView);
const listing = z.object({ tasks: z.array(view) });
const cancelled = z.looseObject({ cancelled: z.boolean(), status: z.string() }).transform(({ cancelled: did, status }) => ({ cancelled: did, status: asStatus(status) }));
const events = z.object({ events: z.array(z.looseObject({ type: z.string() })) });

/** How long the server may take to have news before it is asked again. */
const pollMs = 250;
const endings: ReadonlySet<string> = new Set(['TASK_COMPLETE', 'TASK_FAILED', 'TASK_CANCELLED']);

/** The tasks of a running server, over REST. */
export class RemoteTasks implements Tasks {
  readonly #client: HttpClient;

  constructor(client: HttpClient) {
    this.#client = client;
  }

  async submit(request: SubmitTaskRequest): Promise<TaskView> {
    const { taskId } = await this.#client.request('POST', '/tasks', created, request);
    return this.get(taskId);
  }

  async get(taskId: string): Promise<TaskView> {
    return this.#client.request('GET', pathOf(taskId), view);
  }

  async list({ status }: { readonly status?: TaskStatus } = {}): Promise<readonly TaskView[]> {
    const { tasks } = await this.#client.request('GET', status === undefined ? '/tasks' : `/tasks?status=${status}`, listing);
    return tasks;
  }

  async cancel(taskId: string): Promise<{ cancelled: boolean; status: TaskStatus }> {
    return this.#client.request('POST', `${pathOf(taskId)}/cancel`, cancelled, {});
  }

  async answer(taskId: string, { value, promiseId }: { readonly value: JsonValue; readonly promiseId?: string }): Promise<TaskView> {
    return this.#client.request('POST', `${pathOf(taskId)}/interventions`, view, { kind: 'answer', decision: value, ...(promiseId !== undefined && { promiseId }) });
  }

  async *watch(taskId: string, { afterVersion = 0, signal }: WatchTaskOptions = {}): AsyncGenerator<Event> {
    for (let version = afterVersion; ; ) {
      const page = await this.#client.request('GET', `${pathOf(taskId)}/events?afterVersion=${version}`, events);
      for (const message of page.events) {
        const event = asEvent(message, taskId);
        version = event.streamVersion;
        yield event;
        if (endings.has(event.type)) return;
      }
      if (page.events.length === 0) await sleep(pollMs, undefined, { signal });
    }
  }
}

function pathOf(taskId: string): string {
  return `/tasks/${encodeURIComponent(taskId)}`;
}

function asView(value: unknown): TaskView {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return value as TaskView;
}

function asStatus(value: string): TaskStatus {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return value as TaskStatus;
}

/** A message names the numbers of an event as the wire does. */
function asEvent(message: Readonly<Record<string, unknown>>, taskId: string): Event {
  const numbers = { streamVersion: message['version'], sequenceNumber: message['sequence'] };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return { codeVersion: 0, data: {}, ...numbers, ...message, taskId } as unknown as Event;
}

import type { HoldfastService, TaskService } from '@holdfast/orchestrator';
import { isHoldfastError } from '@holdfast/protocol';
import { encode } from '../stream/event-feed.ts';
import { sessionSource } from '../stream/session-source.ts';
import type { McpResources } from './mcp-server.ts';

const json = 'application/json';
const lines = 'application/x-ndjson';

/** The newest events are of use to a model; all of them are a matter of the event stream. */
const maxEvents = 500;

/** Sessions as something to read. */
export function sessionResources(service: HoldfastService): McpResources {
  return {
    list: async () => service.listSessions().map(({ sessionId, language, state }) => ({ uri: `holdfast://sessions/${encodeURIComponent(sessionId)}`, name: `Session ${sessionId}`, description: `${language}, ${state}`, mimeType: json })),
    templates: [
      { uriTemplate: 'holdfast://sessions/{sessionId}', name: 'Session', description: 'State and variables of a session', mimeType: json },
      { uriTemplate: 'holdfast://sessions/{sessionId}/events', name: 'Events of a session', description: 'What happened in a session, one event a line', mimeType: lines },
    ],
    read: async (uri) => {
      const found = parseUri('sessions', uri);
      if (!found) return undefined;
      return orNothing(async () => {
        if (found.part === 'events') return { uri, mimeType: lines, text: await toLines(sessionSource(service, found.id).read({ afterVersion: 0, limit: maxEvents })) };
        return { uri, mimeType: json, text: JSON.stringify({ ...service.getSession(found.id), names: await service.listNames(found.id) }) };
      });
    },
  };
}

/** Tasks as something to read. */
export function taskResources(tasks: TaskService, service: HoldfastService): McpResources {
  return {
    list: async () => (await tasks.list()).map(({ taskId, status, prompt }) => ({ uri: `holdfast://tasks/${encodeURIComponent(taskId)}`, name: `Task ${taskId}`, description: `${status}: ${prompt.slice(0, 120)}`, mimeType: json })),
    templates: [
      { uriTemplate: 'holdfast://tasks/{taskId}', name: 'Task', description: 'Where a task stands, and what it made', mimeType: json },
      { uriTemplate: 'holdfast://tasks/{taskId}/events', name: 'Events of a task', description: 'What happened in a task, one event a line', mimeType: lines },
    ],
    read: async (uri) => {
      const found = parseUri('tasks', uri);
      if (!found) return undefined;
      return orNothing(async () => {
        const view = await tasks.get(found.id);
        if (found.part === 'events') return { uri, mimeType: lines, text: await toLines(service.readStream(view.taskId, { limit: maxEvents })) };
        return { uri, mimeType: json, text: JSON.stringify(view) };
      });
    },
  };
}

function parseUri(kind: 'sessions' | 'tasks', uri: string): { readonly id: string; readonly part: 'self' | 'events' } | undefined {
  const { id, part } = /^holdfast:\/\/(?<kind>sessions|tasks)\/(?<id>[^/?#]+)(?:\/(?<part>events))?$/u.exec(uri)?.groups ?? {};
  if (id === undefined || !uri.startsWith(`holdfast://${kind}/`)) return undefined;
  try {
    return { id: decodeURIComponent(id), part: part === undefined ? 'self' : 'events' };
  } catch {
    return undefined; // no id is written like that
  }
}

/** Nothing where there is no such session or task. */
async function orNothing<Found>(read: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isHoldfastError(error) && error.code.endsWith('_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function toLines(events: Parameters<typeof collect>[0]): Promise<string> {
  return (await collect(events)).join('\n');
}

async function collect(events: ReturnType<HoldfastService['readStream']>): Promise<string[]> {
  const found: string[] = [];
  for await (const event of events) found.push(encode(event).json.toString());
  return found;
}

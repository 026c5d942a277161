import type { HoldfastService, TaskService } from '@holdfast/orchestrator';
import type { Interventions } from '../http/intervention.ts';
import { codingTasks } from './coding-tasks.ts';
import { executionTasks } from './execution-tasks.ts';
import type { McpSurface } from './mcp-server.ts';
import { sessionResources, taskResources } from './resources.ts';
import { sessionTools } from './session-tools.ts';
import { taskTools } from './task-tools.ts';

export interface SurfaceOptions {
  readonly service: HoldfastService;
  readonly tasks?: { readonly service: TaskService; readonly interventions: Interventions } | undefined;
  readonly version: string;
  readonly newId: () => string;
}

/** What Holdfast offers by MCP: its tools, its resources, and handles of what goes on. */
export function createSurface({ service, tasks, version, newId }: SurfaceOptions): McpSurface {
  const sessions = { tools: sessionTools(service, newId), resources: sessionResources(service), ongoing: { execution: executionTasks(service) } };
  if (!tasks) return { version, tools: sessions.tools, resources: [sessions.resources], ongoing: sessions.ongoing };
  return {
    version,
    tools: [...sessions.tools, ...taskTools(tasks.service, (stream, query) => service.readStream(stream, query), tasks.interventions)],
    resources: [sessions.resources, taskResources(tasks.service, service)],
    ongoing: { ...sessions.ongoing, task: codingTasks(tasks.service) },
  };
}

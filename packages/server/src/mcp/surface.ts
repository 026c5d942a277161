import type { HoldfastService, TaskService } from '@holdfast/orchestrator';
import type { Interventions } from '../http/intervention.ts';
import { codingTasks } from './coding-tasks.ts';
import { executionTasks } from './execution-tasks.ts';
import type { McpSurface } from './mcp-server.ts';
import { questionTools } from './question-tools.ts';
import { sessionResources, taskResources } from './resources.ts';
import { sessionTools } from './session-tools.ts';
import { taskTools } from './task-tools.ts';

export interface SurfaceOptions {
  readonly service: HoldfastService;
  readonly tasks: TaskService;
  readonly interventions: Interventions;
  readonly version: string;
  readonly newId: () => string;
}

/** What Holdfast offers by MCP: its tools, its resources, and handles of what goes on. */
export function createSurface({ service, tasks, interventions, version, newId }: SurfaceOptions): McpSurface {
  return {
    version,
    tools: [...sessionTools(service, newId), ...questionTools(service), ...taskTools(tasks, (stream, query) => service.readStream(stream, query), interventions)],
    resources: [sessionResources(service), taskResources(tasks, service)],
    ongoing: { execution: executionTasks(service), task: codingTasks(tasks) },
  };
}

import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError, Server, type InputRequiredResult, type ServerCapabilities, type ServerContext, type ServerOptions } from '@modelcontextprotocol/server';
import type { Principal } from '../auth/guard.ts';
import { toProblem } from '../http/problem.ts';
import { createHandle } from './task-handle.ts';
import { addTasksExtension, createdTask, declaredCapabilities, requireTasks, takesTasks, tasksExtension, type OngoingKind } from './tasks-extension.ts';
import { isAnswer, type McpTool, type ToolAnswer, type ToolCall } from './tool.ts';

/** Something that clients can read. */
export interface McpResource {
  readonly uri: string;
  readonly name: string;
  readonly description?: string;
  readonly mimeType: string;
}

export interface McpResources {
  list(): Promise<readonly McpResource[]>;
  readonly templates: readonly { readonly uriTemplate: string; readonly name: string; readonly description: string; readonly mimeType: string }[];
  /** Undefined where this knows no such thing. */
  read(uri: string): Promise<{ readonly uri: string; readonly mimeType: string; readonly text?: string; readonly blob?: string } | undefined>;
}

/** How one call of a tool went. */
export interface ToolCallRecord {
  readonly tool: string;
  readonly principal: Principal;
  readonly outcome: 'ok' | 'error';
  readonly arguments: unknown;
  /** False for a tool that only reads. */
  readonly isChange: boolean;
}

/** Everything that an MCP client finds. */
export interface McpSurface {
  readonly version: string;
  readonly tools: readonly McpTool[];
  readonly resources: readonly McpResources[];
  readonly ongoing: Readonly<Record<string, OngoingKind>>;
  /** What else a server of this surface does, and says that it does. */
  readonly capabilities?: ServerCapabilities;
  readonly configure?: (server: Server) => void;
  readonly requestState?: NonNullable<ServerOptions['requestState']>;
  /** Told how each call of a tool went. */
  readonly onToolCall?: (call: ToolCallRecord) => void;
  readonly onFault?: (error: unknown) => void;
}

const instructions = `Holdfast runs TypeScript and JavaScript in sessions that keep their variables, and writes code from a prompt as tasks.
Everything has an id that stays valid: when a call ends early, ask again with the id instead of starting over.
Give an idempotencyKey to whatever starts something, and nothing starts twice.`;

/** A server for one principal, for one request or one connection. The tools are described once for all. */
export function createServerFactory(surface: McpSurface): (principal: Principal) => Server {
  const tools = surface.tools.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const listing = { tools: tools.map(describeTool) };
  const capabilities: ServerCapabilities = { tools: {}, resources: {}, extensions: { [tasksExtension]: {} }, ...surface.capabilities };

  return (principal) => {
    const server = new Server(
      { name: 'holdfast', version: surface.version },
      { capabilities, instructions, cacheHints: { 'tools/list': { ttlMs: 3_600_000, cacheScope: 'public' } }, ...(surface.requestState && { requestState: surface.requestState }) },
    );
    server.setRequestHandler('tools/list', async () => listing);
    server.setRequestHandler('tools/call', async ({ params }, context) => {
      const tool = byName.get(params.name);
      if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Cannot call tool ${JSON.stringify(params.name)}: there is none of this name`);
      if (tool.needsTasks === true) requireTasks(context);
      return callTool(surface, tool, params.arguments ?? {}, principal, context);
    });
    addResources(server, surface.resources);
    addTasksExtension(server, principal, surface.ongoing);
    surface.configure?.(server);
    return server;
  };
}

function describeTool({ name, title, description, inputSchema, outputSchema, annotations }: McpTool) {
  return {
    name,
    title,
    description,
    inputSchema: { ...inputSchema, type: 'object' as const },
    ...(outputSchema && { outputSchema: { ...outputSchema, type: 'object' as const } }),
    ...(annotations && { annotations }),
  };
}

/** Where the answer of a tool that failed has its problem details: its structured content has to be what the tool promises. */
const problemKey = 'io.github.holdfast/problem';

async function callTool(surface: McpSurface, tool: McpTool, input: unknown, principal: Principal, context: ServerContext): Promise<never> {
  const tell = (outcome: 'ok' | 'error'): void => surface.onToolCall?.({ tool: tool.name, principal, outcome, arguments: input, isChange: tool.annotations?.readOnlyHint !== true });
  try {
    const result = await toResult(surface, await tool.call(input, toolCall(principal, context)), principal, context);
    tell('ok');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library's result type knows neither tasks nor what a tool shows
    return result as never;
  } catch (error) {
    tell('error');
    if (ProtocolError.isInstance(error)) throw error;
    const problem = toProblem(error);
    if (problem.status === 500) surface.onFault?.(error);
    const text = [`${problem.detail} (${problem.code})`, problem.hint].filter((part) => part !== undefined).join('\n');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return { isError: true, content: [{ type: 'text', text }], _meta: { [problemKey]: problem } } as never;
  }
}

async function toResult(surface: McpSurface, answer: ToolAnswer | InputRequiredResult, principal: Principal, context: ServerContext): Promise<object> {
  if (!isAnswer(answer)) return answer;
  switch (answer.kind) {
    case 'content':
      return answer.result;
    case 'question':
      return { resultType: 'input_required', inputRequests: answer.inputRequests };
    case 'done':
      return { content: [{ type: 'text', text: answer.text ?? JSON.stringify(answer.value) }], structuredContent: answer.value };
    case 'task': {
      const state = await surface.ongoing[answer.task]?.find(answer.id);
      if (!state) throw new ProtocolError(ProtocolErrorCode.InternalError, 'The task was not kept');
      if (takesTasks(context)) return createdTask(createHandle(principal, answer.task, answer.id), state);
      return state.result ?? { content: [{ type: 'text', text: state.statusMessage ?? state.status }] };
    }
  }
}

function toolCall(principal: Principal, context: ServerContext): ToolCall {
  const { mcpReq } = context;
  const { _meta: { progressToken } = {} } = mcpReq;
  const declared = declaredCapabilities(context);
  return {
    principal,
    signal: mcpReq.signal,
    wantsProgress: progressToken !== undefined,
    progress: async (progress, message) => {
      if (progressToken !== undefined) await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, message } });
    },
    takesTasks: takesTasks(context),
    // A client of an earlier revision declared it when it connected, and the library asks it in its own way.
    canElicit: declared === undefined || declared.elicitation !== undefined,
    inputResponses: mcpReq.inputResponses ?? {},
    handleOf: (kind, id) => createHandle(principal, kind, id),
    context,
  };
}

function addResources(server: Server, providers: readonly McpResources[]): void {
  server.setRequestHandler('resources/list', async () => ({ resources: (await Promise.all(providers.map(async (provider) => provider.list()))).flat() }));
  server.setRequestHandler('resources/templates/list', async () => ({ resourceTemplates: providers.flatMap(({ templates }) => [...templates]) }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }) => {
    for (const provider of providers) {
      const found = await provider.read(uri);
      if (found) return { contents: [found.text === undefined ? { uri: found.uri, mimeType: found.mimeType, blob: found.blob ?? '' } : { uri: found.uri, mimeType: found.mimeType, text: found.text }] };
    }
    throw new ResourceNotFoundError(uri);
  });
}

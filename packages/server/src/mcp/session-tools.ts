import { type ExecutionView, type HoldfastService } from '@holdfast/orchestrator';
import { idSchema, language } from '@holdfast/protocol';
import { checkpointView, executionResult, restoreView, sessionView } from '@holdfast/protocol/api';
import { z } from 'zod';
import { idOfKey } from '../http/idempotency.ts';
import { firstOrSame } from '../http/first-or-same.ts';
import { defineTool, effects, type McpTool, type ToolAnswer, type ToolCall } from './tool.ts';

/** The longest that a call waits, as many clients give up soon after. */
const maxWaitMs = 25_000;
/** So long a client that holds handles waits for the result itself. */
const patienceMs = 2000;

const idempotencyKey = z.string().min(1).max(255).optional().describe('The same key does the same thing once');
const sessionId = idSchema.describe('The session');

const executed = z.object({
  executionId: z.string(),
  /** `running` when the wait was over first: ask again with execute_code and this executionId. */
  state: z.enum(['running', 'ended']),
  result: executionResult.optional(),
});

/** Sessions and code, as tools. */
export function sessionTools(service: HoldfastService, newId: () => string): readonly McpTool[] {
  return [
    defineTool({
      name: 'create_session',
      title: 'Create a session',
      description: 'Starts a process that runs TypeScript or JavaScript and keeps its variables from call to call.',
      input: z.strictObject({ sessionId: idSchema.optional().describe('A new one unless given'), language: language.optional(), idempotencyKey }),
      output: sessionView,
      annotations: effects.creates,
      run: async ({ idempotencyKey: key, sessionId: id, ...rest }, { principal }) => {
        const keyed = key === undefined ? undefined : idOfKey(principal.name, 'create_session', key);
        const named = id ?? keyed;
        return firstOrSame('HOLDFAST_EXECUTOR_SESSION_EXISTS', keyed, async () => service.createSession({ ...(named !== undefined && { sessionId: named }), ...(rest.language && { language: rest.language }) }), (known) => service.getSession(known));
      },
    }),
    defineTool({
      name: 'list_sessions',
      title: 'List the sessions',
      description: 'Lists the open sessions with their state and what runs in them.',
      input: z.strictObject({}),
      output: z.object({ sessions: z.array(sessionView).readonly() }),
      annotations: effects.reads,
      run: async () => ({ sessions: service.listSessions() }),
    }),
    defineTool({
      name: 'execute_code',
      title: 'Run code',
      description: 'Runs code in a session and answers its value, output and error. Top-level await works. What still runs after waitMs goes on: call again with its executionId and no code to wait for its end.',
      input: z.strictObject({
        code: z.string().optional().describe('What to run; leave it out to wait for executionId'),
        sessionId: sessionId.optional().describe('A new session unless given'),
        executionId: idSchema.optional(),
        language: language.optional(),
        timeoutMs: z.int().nonnegative().max(2 ** 31 - 1).optional().describe('Stops the code after this long'),
        waitMs: z.int().nonnegative().max(maxWaitMs).optional().describe('How long this call waits'),
        durable: z.enum(['auto', 'always', 'never']).optional().describe('always: after a crash the code begins anew with the variables it began with, and is not asked again for answers it had; auto: so where it awaits or blocks; never unless given'),
        idempotencyKey,
      }),
      output: executed,
      annotations: effects.runs,
      run: async (input, call) => runCode(service, newId, input, call),
    }),
    defineTool({
      name: 'cancel_execution',
      title: 'Stop running code',
      description: 'Stops what runs in a session and keeps its variables. Harmless where nothing runs.',
      input: z.strictObject({ sessionId, executionId: idSchema.optional() }),
      output: z.object({ cancelled: z.boolean() }),
      annotations: effects.ends,
      run: async (input) => ({ cancelled: await service.cancel(input.sessionId, { ...(input.executionId !== undefined && { executionId: input.executionId }) }) }),
    }),
    defineTool({
      name: 'checkpoint_session',
      title: 'Keep the variables',
      description: 'Keeps the variables of a session on disk, so that they outlive its process and the server. Tells which could not be kept, and why.',
      input: z.strictObject({ sessionId }),
      output: checkpointView,
      annotations: effects.creates,
      run: async (input) => service.checkpoint(input.sessionId),
    }),
    defineTool({
      name: 'restore_session',
      title: 'Bring variables back',
      description: 'Brings the variables of a session back from a checkpoint, also after its process or the server ended. They take the place of those of the same names.',
      input: z.strictObject({ sessionId, checkpointId: z.string().min(1).max(256).optional().describe('The newest unless given') }),
      output: restoreView,
      annotations: effects.ends,
      run: async ({ sessionId: id, checkpointId }) => service.restore(id, { ...(checkpointId !== undefined && { checkpointId }) }),
    }),
  ];
}

interface CodeRequest {
  readonly code?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly executionId?: string | undefined;
  readonly language?: 'typescript' | 'javascript' | undefined;
  readonly timeoutMs?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly durable?: 'auto' | 'always' | 'never' | undefined;
  readonly idempotencyKey?: string | undefined;
}

async function runCode(service: HoldfastService, newId: () => string, request: CodeRequest, call: ToolCall): Promise<ToolAnswer> {
  const { code, language: written, timeoutMs, durable, idempotencyKey: key } = request;
  const waitMs = request.waitMs ?? (call.takesTasks ? patienceMs : maxWaitMs);
  if (code === undefined) return told(await service.getExecution(request.executionId ?? '', { waitMs }), call);
  const keyed = key === undefined ? undefined : idOfKey(call.principal.name, 'execute_code', key);
  const session = request.sessionId ?? (keyed === undefined ? (await service.createSession()).sessionId : await sessionOf(service, keyed));
  const executionId = request.executionId ?? keyed ?? newId();
  const following = followOutput(service, session, executionId, call);
  try {
    const view = await firstOrSame(
      'HOLDFAST_ORCHESTRATOR_EXECUTION_EXISTS',
      keyed,
      async () => service.execute(session, { code, executionId, waitMs, ...(written && { language: written }), ...(timeoutMs !== undefined && { timeoutMs }), ...(durable && { durable }) }),
      async (id) => service.getExecution(id, { waitMs }),
    );
    return told(view, call);
  } finally {
    following.abort();
  }
}

async function sessionOf(service: HoldfastService, id: string): Promise<string> {
  return (await firstOrSame('HOLDFAST_EXECUTOR_SESSION_EXISTS', id, async () => service.createSession({ sessionId: id }), (known) => service.getSession(known))).sessionId;
}

function told(view: ExecutionView, { takesTasks }: ToolCall): ToolAnswer {
  const { executionId } = view;
  if (view.state === 'ended') return { kind: 'done', value: { executionId, state: 'ended', result: view.result }, text: resultText(view.result) };
  if (takesTasks) return { kind: 'task', task: 'execution', id: executionId };
  return { kind: 'done', value: { executionId, state: 'running' }, text: `Still running. Call execute_code with executionId ${JSON.stringify(executionId)} to wait for its end, or cancel_execution to stop it.` };
}

/** An execution as a person at a prompt would see it. */
export function resultText({ status, repr, error, cancelled, stdout, stderr }: Extract<ExecutionView, { state: 'ended' }>['result']): string {
  const end = error ? error.stack || `${error.name}: ${error.message}` : cancelled ? `Stopped by ${cancelled.by}` : repr;
  return [stdout, stderr, end].filter((part) => part !== '').join('\n') || status;
}

/** Tells the client each piece of output as progress, for as long as somebody waits. */
function followOutput(service: HoldfastService, session: string, executionId: string, call: ToolCall): AbortController {
  const following = new AbortController();
  const follow = async (): Promise<void> => {
    let pieces = 0;
    for await (const { type, data } of service.subscribeSession(session, { signal: following.signal })) {
      if (type !== 'EXECUTION_OUTPUT' || data['executionId'] !== executionId) continue;
      pieces += 1;
      await call.progress(pieces, typeof data['text'] === 'string' ? data['text'].slice(-2000) : '');
    }
  };
  if (call.wantsProgress) follow().catch(() => undefined); // the session is gone, and its end is told
  return following;
}


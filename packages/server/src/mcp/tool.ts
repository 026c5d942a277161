import type { InputRequiredResult, InputRequests, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Principal } from '../auth/guard.ts';
import { parsePart } from '../http/parse.ts';

/** What a tool knows of the call that it answers. */
export interface ToolCall {
  readonly principal: Principal;
  /** Aborts when the client gives the request up. What the request began goes on: only a tool that cancels may end it. */
  readonly signal: AbortSignal;
  /** The client asked to be told how far it is. */
  readonly wantsProgress: boolean;
  /** Tells how far it is; does nothing for a client that did not ask. */
  readonly progress: (progress: number, message: string) => Promise<void>;
  /** The client can hold a handle of a task and come back for its end. */
  readonly takesTasks: boolean;
  /** The client can ask its person something. */
  readonly canElicit: boolean;
  /** What the person answered, by the keys of the questions. */
  readonly inputResponses: Readonly<Record<string, unknown>>;
  /** The handle of something that goes on, for this principal alone. */
  readonly handleOf: (kind: string, id: string) => string;
  /** The library's own view of the call. */
  readonly context: ServerContext;
}

/** What a tool answers: something at once, something that goes on, or a question to the client's person. */
export type ToolAnswer =
  | { readonly kind: 'done'; readonly value: object; readonly text?: string }
  | { readonly kind: 'content'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: 'task'; readonly task: string; readonly id: string }
  | { readonly kind: 'question'; readonly inputRequests: InputRequests };

/** A tool as clients see it, with what runs it. */
export interface McpTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly annotations?: ToolAnnotations;
  /** Refuses a client that cannot hold a handle. */
  readonly needsTasks?: boolean;
  readonly call: (input: unknown, call: ToolCall) => Promise<ToolAnswer | InputRequiredResult>;
}

interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** What a tool does to the world, in the words of MCP. */
export const effects = {
  /** Changes nothing. */
  reads: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  /** Makes something new. */
  creates: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  /** Ends something; doing it twice is doing it once. */
  ends: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  /** Runs code, which may do anything that its sandbox allows. */
  runs: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
} as const satisfies Readonly<Record<string, ToolAnnotations>>;

export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: ToolAnnotations;
  readonly run: (input: z.output<Input>, call: ToolCall) => Promise<ToolAnswer | z.input<Output>>;
}

/** A tool whose arguments are checked by the schema that it shows. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>({ input, output, run, ...rest }: ToolDefinition<Input, Output>): McpTool {
  return {
    ...rest,
    inputSchema: schemaOf(input),
    outputSchema: schemaOf(output),
    call: async (given, call) => {
      const answer = await run(parsePart('arguments', input, given), call);
      return isAnswer(answer) ? answer : { kind: 'done', value: answer };
    },
  };
}

const answerKinds: ReadonlySet<unknown> = new Set(['done', 'content', 'task', 'question']);

/** Tells an answer of ours from a value, or from the library's own answer. */
export function isAnswer(value: object): value is ToolAnswer {
  return 'kind' in value && answerKinds.has(value.kind);
}

function schemaOf(schema: z.ZodObject): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return rest;
}

/** The tools that the conformance scenarios call by name. They stand on the same mount as the tools of production. */
import { createRequestStateCodec, inputRequired, type InputRequests, type InputRequiredResult } from '@modelcontextprotocol/server';
import type { McpTool, ToolAnswer, ToolCall } from '@holdfast/server/mcp';
import { randomUUID } from 'node:crypto';
import { image, sound } from './samples.ts';

export const requestState = createRequestStateCodec<{ readonly tool: string; readonly round?: number; readonly name?: string; readonly nonce: string }>({
  key: crypto.getRandomValues(new Uint8Array(32)),
});

type Run = (input: Readonly<Record<string, unknown>>, call: ToolCall) => Promise<ToolAnswer | InputRequiredResult> | ToolAnswer | InputRequiredResult;

export function fixtureTool(name: string, run: Run, properties: object = {}): McpTool {
  return {
    name,
    title: name,
    description: `For the conformance scenarios: ${name}`,
    inputSchema: { type: 'object', properties },
    call: async (input, call) => run(input as Readonly<Record<string, unknown>>, call),
  };
}

function content(...parts: readonly object[]): ToolAnswer {
  return { kind: 'content', result: { content: parts } };
}

export function text(words: string): ToolAnswer {
  return content({ type: 'text', text: words });
}

const picture = { type: 'image', data: image, mimeType: 'image/png' };
const textProperty = { type: 'string' } as const;

/** A form with one field. */
export function form(message: string, field: string, type: 'string' | 'boolean' = 'string') {
  const property = type === 'string' ? { type } : { type };
  return inputRequired.elicit({ message, requestedSchema: { type: 'object', properties: { [field]: property }, required: [field] } });
}

/** The field that a person filled in; undefined where nobody did. */
export function filledIn({ inputResponses }: ToolCall, key: string, field: string): unknown {
  const { action, content: filled } = (inputResponses[key] ?? {}) as { readonly action?: string; readonly content?: Readonly<Record<string, unknown>> };
  return action === 'accept' ? filled?.[field] : undefined;
}

const simpleTools: readonly McpTool[] = [
  fixtureTool('test_simple_text', () => text('This is a simple text response for testing.')),
  fixtureTool('test_image_content', () => content(picture)),
  fixtureTool('test_audio_content', () => content({ type: 'audio', data: sound, mimeType: 'audio/wav' })),
  fixtureTool('test_embedded_resource', () => content({ type: 'resource', resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' } })),
  fixtureTool('test_multiple_content_types', () =>
    content({ type: 'text', text: 'Multiple content types test:' }, picture, { type: 'resource', resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' } }),
  ),
  fixtureTool('test_error_handling', () => ({ kind: 'content', result: { isError: true, content: [{ type: 'text', text: 'This tool intentionally returns an error for testing' }] } })),
  fixtureTool('test_tool_with_progress', async (_input, { context: { mcpReq } }) => {
    const { _meta: { progressToken } = {} } = mcpReq;
    if (progressToken !== undefined) for (const progress of [0, 50, 100]) await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100, message: `Step ${progress}` } });
    return text(String(progressToken ?? 'none'));
  }),
  fixtureTool('test_tool_with_logging', async (_input, { context: { mcpReq } }) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
    return text('logged');
  }),
  fixtureTool('test_logging_tool', async (_input, { context: { mcpReq } }) => {
    await mcpReq.log('info', 'only for who asked for a level');
    return text('logged');
  }),
  fixtureTool('test_streaming_elicitation', () => text('no requests of its own')),
];

/** The five ways to offer a choice (SEP-1330). */
const choices = {
  untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  titledSingle: { type: 'string', oneOf: ['value1', 'value2', 'value3'].map((value) => ({ const: value, title: `Title of ${value}` })) },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
  untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
  titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: ['value1', 'value2', 'value3'].map((value) => ({ const: value, title: `Title of ${value}` })) } },
};
/** A default of each primitive type (SEP-1034). */
const defaults = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};

/** Asks a client of an earlier revision, which is sent requests of its own. */
function askLegacy(name: string, message: string, properties: object, required: readonly string[] = []): McpTool {
  return fixtureTool(
    name,
    async (input, { context: { mcpReq } }) => {
      const { action, content: given } = await mcpReq.send({ method: 'elicitation/create', params: { message: typeof input['message'] === 'string' ? input['message'] : message, requestedSchema: { type: 'object', properties, required } } });
      return text(`Elicitation completed: action=${action}, content=${JSON.stringify(given ?? {})}`);
    },
    { message: textProperty },
  );
}

const legacyTools: readonly McpTool[] = [
  fixtureTool(
    'test_sampling',
    async (input, { context: { mcpReq } }) => {
      const { content: sampled } = await mcpReq.send({ method: 'sampling/createMessage', params: { messages: [{ role: 'user', content: { type: 'text', text: String(input['prompt']) } }], maxTokens: 100 } });
      return text(`LLM response: ${JSON.stringify(sampled)}`);
    },
    { prompt: textProperty },
  ),
  askLegacy('test_elicitation', 'Tell', { response: { type: 'string' } }, ['response']),
  askLegacy('test_elicitation_sep1034_defaults', 'Review', defaults),
  askLegacy('test_elicitation_sep1330_enums', 'Choose', choices),
];

const capitalQuestion = inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: 'What is the capital of France?' } }], maxTokens: 100 });
const greetingQuestion = inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: 'Generate a greeting' } }], maxTokens: 50 });

async function state(tool: string, more: object = {}): Promise<string> {
  return requestState.mint({ tool, nonce: randomUUID(), ...more });
}

/** Tools that answer with a question until they have what they need (SEP-2322). */
const askingTools: readonly McpTool[] = [
  fixtureTool('test_missing_capability', (_input, { inputResponses }) => (inputResponses['llm_answer'] === undefined ? inputRequired({ inputRequests: { llm_answer: capitalQuestion } }) : text('answered'))),
  fixtureTool('test_input_required_result_elicitation', (_input, call) => {
    const name = filledIn(call, 'user_name', 'name');
    return typeof name === 'string' ? text(`Hello, ${name}!`) : inputRequired({ inputRequests: { user_name: form('What is your name?', 'name') } });
  }),
  fixtureTool('test_input_required_result_sampling', (_input, { inputResponses }) =>
    inputResponses['capital_question'] === undefined ? inputRequired({ inputRequests: { capital_question: capitalQuestion } }) : text(`Sampled: ${JSON.stringify(inputResponses['capital_question'])}`),
  ),
  fixtureTool('test_input_required_result_list_roots', (_input, { inputResponses }) =>
    inputResponses['client_roots'] === undefined ? inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } }) : text(`Roots: ${JSON.stringify(inputResponses['client_roots'])}`),
  ),
  fixtureTool('test_input_required_result_request_state', async (_input, call) => {
    if (filledIn(call, 'confirm', 'ok') !== undefined && call.context.mcpReq.requestState() !== undefined) return text('state-ok: as it was');
    return inputRequired({ inputRequests: { confirm: form('Please confirm', 'ok', 'boolean') }, requestState: await state('request_state') });
  }),
  fixtureTool('test_input_required_result_tampered_state', async (_input, call) => {
    if (filledIn(call, 'confirm', 'ok') !== undefined && call.context.mcpReq.requestState() !== undefined) return text('state-ok: as it was');
    return inputRequired({ inputRequests: { confirm: form('Please confirm', 'ok', 'boolean') }, requestState: await state('tampered_state') });
  }),
  fixtureTool('test_input_required_result_multiple_inputs', async (_input, call) => {
    const { user_name: name, greeting, client_roots: roots } = call.inputResponses;
    if (name !== undefined && greeting !== undefined && roots !== undefined) return text(`All three: ${JSON.stringify(filledIn(call, 'user_name', 'name'))}`);
    return inputRequired({ inputRequests: { user_name: form('What is your name?', 'name'), greeting: greetingQuestion, client_roots: inputRequired.listRoots() }, requestState: await state('multiple_inputs') });
  }),
  fixtureTool('test_input_required_result_multi_round', async (_input, call) => {
    const { round = 0, name = '' } = call.context.mcpReq.requestState<{ readonly round?: number; readonly name?: string }>() ?? {};
    if (round === 0) return inputRequired({ inputRequests: { step1: form('What is your name?', 'name') }, requestState: await state('multi_round', { round: 1 }) });
    if (round === 1) return inputRequired({ inputRequests: { step2: form('What is your favourite colour?', 'color') }, requestState: await state('multi_round', { round: 2, name: filledIn(call, 'step1', 'name') }) });
    return text(`${name} likes ${String(filledIn(call, 'step2', 'color'))}`);
  }),
  fixtureTool('test_input_required_result_capabilities', (_input, { inputResponses, context: { mcpReq } }) => {
    const declared = (mcpReq.envelope as Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined)?.['io.modelcontextprotocol/clientCapabilities'] ?? {};
    const inputRequests: InputRequests = {
      ...('elicitation' in declared && { user_name: form('What is your name?', 'name') }),
      ...('sampling' in declared && { greeting: greetingQuestion }),
      ...('roots' in declared && { client_roots: inputRequired.listRoots() }),
    };
    return Object.keys(inputRequests).length === 0 || Object.keys(inputResponses).length > 0 ? text('nothing more to ask') : inputRequired({ inputRequests });
  }),
];

/** A schema with more of JSON Schema 2020-12 than zod writes; it has to reach the client as it is (SEP-1613, SEP-2106). */
const wideSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' }, contactMethod: { type: 'string', enum: ['phone', 'email'] }, phone: { type: 'string' }, email: { type: 'string' } },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

const schemaTools: readonly McpTool[] = [
  { ...fixtureTool('json_schema_2020_12_tool', (input) => text(JSON.stringify(input))), inputSchema: wideSchema },
];

export const fixtureTools: readonly McpTool[] = [...schemaTools, ...simpleTools, ...legacyTools, ...askingTools];

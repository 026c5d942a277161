/** What the conformance scenarios look for, added to what production offers. */
import { inputRequired, ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import type { McpResources, McpSurface } from '@holdfast/server/mcp';
import { fixtureJobs, taskFixtures } from './fixture-tasks.ts';
import { fixtureTool, fixtureTools, form, requestState, text } from './fixture-tools.ts';
import { image } from './samples.ts';

const resources: McpResources = {
  list: async () => [
    { uri: 'test://static-text', name: 'static-text', mimeType: 'text/plain' },
    { uri: 'test://static-binary', name: 'static-binary', mimeType: 'image/png' },
    { uri: 'test://watched-resource', name: 'watched-resource', mimeType: 'text/plain' },
  ],
  templates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', description: 'With a parameter', mimeType: 'application/json' }],
  read: async (uri) => {
    if (uri === 'test://static-text') return { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' };
    if (uri === 'test://static-binary') return { uri, mimeType: 'image/png', blob: image };
    if (uri === 'test://watched-resource') return { uri, mimeType: 'text/plain', text: 'Watched resource content' };
    const { id } = /^test:\/\/template\/(?<id>[^/]+)\/data$/u.exec(uri)?.groups ?? {};
    return id === undefined ? undefined : { uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) };
  },
};

const user = (content: object) => ({ role: 'user', content });
const words = (what: string) => user({ type: 'text', text: what });

function addPrompts(server: Server): void {
  server.setRequestHandler('prompts/list', async () => ({
    prompts: [
      { name: 'test_simple_prompt', description: 'Without arguments' },
      { name: 'test_prompt_with_arguments', description: 'With two arguments', arguments: ['arg1', 'arg2'].map((name) => ({ name, description: name, required: true })) },
      { name: 'test_prompt_with_embedded_resource', description: 'With a resource', arguments: [{ name: 'resourceUri', description: 'Which', required: true }] },
      { name: 'test_prompt_with_image', description: 'With a picture' },
      { name: 'test_input_required_result_prompt', description: 'Asks first' },
    ],
  }));
  server.setRequestHandler('prompts/get', async ({ params: { name, arguments: given = {} } }, { mcpReq }) => {
    const messages = messagesOf(name, given, mcpReq.inputResponses ?? {});
    if (messages === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt "${name}"`);
    return (Array.isArray(messages) ? { messages } : messages) as never;
  });
}

function messagesOf(name: string, given: Readonly<Record<string, string>>, responses: Readonly<Record<string, unknown>>): object | undefined {
  switch (name) {
    case 'test_simple_prompt':
      return [words('This is a simple prompt for testing.')];
    case 'test_prompt_with_arguments':
      return [words(`Prompt with arguments: arg1='${given['arg1']}', arg2='${given['arg2']}'`)];
    case 'test_prompt_with_embedded_resource':
      return [user({ type: 'resource', resource: { uri: given['resourceUri'], mimeType: 'text/plain', text: 'Embedded resource content for testing.' } }), words('Please process the embedded resource above.')];
    case 'test_prompt_with_image':
      return [user({ type: 'image', data: image, mimeType: 'image/png' }), words('Please analyze the image above.')];
    case 'test_input_required_result_prompt': {
      const { content } = (responses['user_context'] ?? {}) as { readonly content?: { readonly context?: string } };
      return content?.context === undefined ? inputRequired({ inputRequests: { user_context: form('Which context?', 'context') } }) : [words(`Use the following context: ${content.context}`)];
    }
    default:
      return undefined;
  }
}

/** The surface of production with the fixtures beside it. `notify` tells open subscriptions that a list is another one. */
export function withFixtures(surface: McpSurface, notify: (what: 'tools' | 'prompts') => void): McpSurface {
  const triggers = (['tool', 'prompt'] as const).map((what) =>
    fixtureTool(`test_trigger_${what}_change`, () => {
      notify(`${what}s`);
      return text('told');
    }),
  );
  return {
    ...surface,
    tools: [...surface.tools, ...fixtureTools, ...taskFixtures, ...triggers],
    resources: [...surface.resources, resources],
    ongoing: { ...surface.ongoing, fixture: fixtureJobs },
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true }, logging: {}, completions: {} },
    requestState: { verify: async (state, context) => requestState.verify(state, context) },
    configure: (server) => {
      addPrompts(server);
      server.setRequestHandler('completion/complete', async () => ({ completion: { values: [], total: 0, hasMore: false } }));
      server.setRequestHandler('resources/subscribe', async () => ({}));
      server.setRequestHandler('resources/unsubscribe', async () => ({}));
    },
  };
}

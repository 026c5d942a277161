import { createDemoCoder, type Coder } from '@holdfast/orchestrator';
import { createModelCoder, type AiSdkLanguageModel } from '@holdfast/orchestrator/model';
import { z } from 'zod';
import type { Configuration } from './config.ts';
import { cliError } from './errors.ts';

type ModelSettings = Pick<Configuration, 'model' | 'modelUrl' | 'modelKey' | 'modelContextTokens' | 'modelTimeoutMs'>;

/** A model, and how to ask whether it is there. */
interface Backend {
  readonly model: AiSdkLanguageModel;
  readonly check: Coder['check'];
}

/** How long the backend may take to say that it is there. */
const patienceMs = 5000;

/**
 * What writes the code of tasks, as configured; undefined where nothing is. Each provider is loaded only when it is used.
 *
 * @throws HOLDFAST_CLI_MODEL_UNAVAILABLE when the backend is not there
 */
export async function openCoder(settings: ModelSettings): Promise<Coder | undefined> {
  const { model: name, modelContextTokens, modelTimeoutMs } = settings;
  if (name === undefined) return undefined;
  if (name === 'demo') return createDemoCoder();
  const [provider = '', ...rest] = name.split(':');
  const backend = await backendOf(provider, rest.join(':'), settings);
  const coder = createModelCoder({ ...backend, name, contextTokens: modelContextTokens, timeoutMs: modelTimeoutMs });
  try {
    await coder.check({ signal: AbortSignal.timeout(patienceMs) });
  } catch (cause) {
    throw unavailable(name, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return coder;
}

async function backendOf(provider: string, model: string, settings: ModelSettings): Promise<Backend> {
  switch (provider) {
    case 'ollama':
      return ollama(model, settings);
    case 'anthropic':
      return anthropic(model, settings);
    default:
      return openaiCompatible(model, settings);
  }
}

async function ollama(model: string, { modelUrl = 'http://127.0.0.1:11434', modelContextTokens }: ModelSettings): Promise<Backend> {
  const [{ createOllama }, { defaultSettingsMiddleware, wrapLanguageModel }] = await Promise.all([import('ollama-ai-provider-v2'), import('ai')]);
  const tags = z.object({ models: z.array(z.object({ name: z.string() })) });
  return {
    // Ollama takes 4096 tokens unless it is told otherwise, and silently forgets the beginning of what is longer.
    model: wrapLanguageModel({
      model: createOllama({ baseURL: `${modelUrl.replace(/\/$/u, '')}/api` })(model),
      middleware: defaultSettingsMiddleware({ settings: { providerOptions: { ollama: { options: { num_ctx: modelContextTokens } } } } }),
    }),
    check: async ({ signal }) => {
      const { models } = tags.parse(await ask(new URL('/api/tags', modelUrl), {}, signal));
      if (models.some(({ name }) => name === model || name === `${model}:latest`)) return;
      throw new Error(`Ollama at ${modelUrl} has no model "${model}": run "ollama pull ${model}"`);
    },
  };
}

async function openaiCompatible(model: string, { model: name = '', modelUrl, modelKey }: ModelSettings): Promise<Backend> {
  if (modelUrl === undefined) throw unavailable(name, 'set where it is served with --model-url or HOLDFAST_MODEL_URL');
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const headers: Record<string, string> = modelKey === undefined ? {} : { authorization: `Bearer ${modelKey}` };
  const baseURL = modelUrl.replace(/\/$/u, '');
  return {
    model: createOpenAICompatible({ name: 'openai-compatible', baseURL, headers, supportsStructuredOutputs: true })(model),
    check: async ({ signal }) => void (await ask(new URL(`${baseURL}/models`), headers, signal)),
  };
}

async function anthropic(model: string, { model: name = '', modelUrl, modelKey }: ModelSettings): Promise<Backend> {
  if (modelKey === undefined) throw unavailable(name, 'set its key as HOLDFAST_MODEL_KEY');
  const { createAnthropic } = await import('@ai-sdk/anthropic');
  const baseURL = (modelUrl ?? 'https://api.anthropic.com/v1').replace(/\/$/u, '');
  const headers = { 'x-api-key': modelKey, 'anthropic-version': '2023-06-01' };
  return {
    model: createAnthropic({ apiKey: modelKey, baseURL })(model),
    check: async ({ signal }) => void (await ask(new URL(`${baseURL}/models/${encodeURIComponent(model)}`), headers, signal)),
  };
}

async function ask(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { headers, signal });
  } catch (cause) {
    throw new Error(`nothing answers at ${url.origin}`, { cause });
  }
  if (response.ok) return response.json();
  await response.body?.cancel();
  throw new Error(`${url.origin} answers ${response.status} ${response.statusText}`.trim());
}

function unavailable(model: string, problem: string, cause?: unknown): Error {
  return cliError('HOLDFAST_CLI_MODEL_UNAVAILABLE', `Cannot use model "${model}": ${problem}`, { cause, data: { model } });
}

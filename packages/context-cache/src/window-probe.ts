/**
 * The window that a model really has. A server may run a model with far less room than its card says, and cuts what is
 * too long without a word: Ollama takes 4096 tokens on a machine with little video memory.
 */
import type { ModelLimit } from './models.ts';

/** Asks the server of a model for the window it runs with; undefined where the server does not say. */
export type WindowProbe = (model: string, options: { readonly signal?: AbortSignal }) => Promise<number | undefined>;

/** Asks a URL for JSON; the default does it with `fetch`. */
export type JsonRequest = (url: string, options: { readonly body?: string; readonly signal?: AbortSignal }) => Promise<unknown>;

export interface OllamaProbeOptions {
  /** @default http://127.0.0.1:11434 */
  readonly baseUrl?: string;
  /** @default fetch */
  readonly request?: JsonRequest;
}

/** Asks Ollama: the model as it runs now, else the `num_ctx` that its model file sets. */
export function createOllamaProbe({ baseUrl = 'http://127.0.0.1:11434', request = fetchJson }: OllamaProbeOptions = {}): WindowProbe {
  return async (model, { signal }) => {
    const options = signal ? { signal } : {};
    const running = listOf(await request(`${baseUrl}/api/ps`, options), 'models').find((each) => each['name'] === model || each['model'] === model);
    if (typeof running?.['context_length'] === 'number') return running['context_length'];
    const { parameters } = fieldsOf(await request(`${baseUrl}/api/show`, { ...options, body: JSON.stringify({ model }) }));
    const set = typeof parameters === 'string' ? /^num_ctx\s+(\d+)/mu.exec(parameters)?.[1] : undefined;
    return set === undefined ? undefined : Number(set);
  };
}

export interface ProbedLadder<Limit extends ModelLimit> {
  readonly ladder: readonly Limit[];
  /** The models whose window is smaller than was thought, and those whose server did not answer. */
  readonly warnings: readonly string[];
}

/** The ladder with each window no larger than the one its model runs with. A server that does not answer changes nothing. */
export async function probeLadder<Limit extends ModelLimit>(
  ladder: readonly Limit[],
  probe: WindowProbe,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ProbedLadder<Limit>> {
  const warnings: string[] = [];
  const probed = await Promise.all(
    ladder.map(async (limit) => {
      const window = await probe(limit.model, signal ? { signal } : {}).catch((error: unknown) => {
        signal?.throwIfAborted();
        warnings.push(`Model "${limit.model}" could not be asked for its window: ${error instanceof Error ? error.message : String(error)}`);
      });
      if (typeof window !== 'number' || !(window > 0) || window >= limit.contextTokens) return limit;
      warnings.push(`Model "${limit.model}" runs with a window of ${window} tokens, not ${limit.contextTokens}`);
      return { ...limit, contextTokens: window };
    }),
  );
  return { ladder: probed, warnings: warnings.toSorted() };
}

async function fetchJson(url: string, { body, signal }: { readonly body?: string; readonly signal?: AbortSignal }): Promise<unknown> {
  const response = await fetch(url, { ...(body !== undefined && { method: 'POST', body }), ...(signal && { signal }) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

function listOf(json: unknown, name: string): Readonly<Record<string, unknown>>[] {
  const list = fieldsOf(json)[name];
  return Array.isArray(list) ? list.map(fieldsOf) : [];
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? { ...json } : {};
}

import { fromWireError, type HoldfastError } from '@holdfast/protocol';
import { z } from 'zod';
import { cliError } from '../errors.ts';

const problem = z.object({ type: z.string(), detail: z.string(), retriable: z.boolean().default(false), hint: z.string().optional() });

/** Speaks REST with a Holdfast server. */
export class HttpClient {
  readonly url: string;
  readonly token: string | undefined;
  readonly #mcpOnly: boolean;

  constructor(url: string, token: string | undefined, { mcpOnly = false }: { readonly mcpOnly?: boolean } = {}) {
    this.url = url;
    this.token = token;
    this.#mcpOnly = mcpOnly;
  }

  /**
   * Sends a request and checks the answer against a schema.
   *
   * @throws the server's own error, HOLDFAST_CLI_MCP_ONLY, or HOLDFAST_CLI_SERVER_UNREACHABLE
   */
  async request<Schema extends z.ZodType>(method: string, path: string, answer: Schema, body?: unknown): Promise<z.output<Schema>> {
    if (this.#mcpOnly) throw cliError('HOLDFAST_CLI_MCP_ONLY', `Cannot use the server at ${this.url}: it serves MCP alone`);
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        headers: { ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }), ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (cause) {
      throw cliError('HOLDFAST_CLI_SERVER_UNREACHABLE', `Cannot reach the server at ${this.url}`, { cause });
    }
    if (!response.ok) throw serverErrorOf(text, this.url);
    return answer.parse(text === '' ? null : JSON.parse(text));
  }
}

function serverErrorOf(text: string, url: string): HoldfastError {
  try {
    const { type, detail: message, retriable, hint } = problem.parse(JSON.parse(text));
    const code = type.replace(/^.*#/u, '').toUpperCase();
    return fromWireError({ code, message, retriable, ...(hint !== undefined && { hint }) });
  } catch (cause) {
    return cliError('HOLDFAST_CLI_SERVER_UNREACHABLE', `Cannot understand what answers at ${url}`, { cause });
  }
}

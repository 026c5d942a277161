import type { RemotePromisesOptions } from '../durable/open-promises-options.ts';
import { promisesError } from '../errors.ts';
import type { Backend } from '../machine/backend.ts';
import type { ProtocolAnswer, ProtocolMessage, ProtocolRequest } from '../machine/messages.ts';
import { databaseName } from '../postgres/connect.ts';
import { fromPostgres } from '../postgres/failure.ts';
import { createHttpNetwork, createPostgresNetwork, type RemoteNetwork } from '../resonate.ts';

/** Where resonate-pg installs itself. */
export const resonateSchema = 'resonate';

interface RemoteBackendOptions {
  readonly network: RemoteNetwork;
  readonly now: () => number;
  /** What the network threw, as an error of ours. */
  readonly failure: (kind: string, cause: unknown) => Error;
}

/** Somebody else's implementation of the protocol, as the SDK reaches it. */
export class RemoteBackend implements Backend {
  readonly unicast: string;
  readonly anycast: string;
  readonly #options: RemoteBackendOptions;
  #isClosed = false;

  constructor(options: RemoteBackendOptions) {
    this.#options = options;
    this.unicast = options.network.unicast;
    this.anycast = options.network.anycast;
  }

  readonly send = async (request: ProtocolRequest): Promise<ProtocolAnswer> => {
    if (this.#isClosed) throw promisesError('HOLDFAST_PROMISES_CLOSED', `Cannot do "${request.kind}": the promises are closed`);
    try {
      return await this.#options.network.send(request);
    } catch (cause) {
      throw this.#options.failure(request.kind, cause);
    }
  };

  onMessage(receive: (message: ProtocolMessage) => void): void {
    this.#options.network.onMessage(receive);
  }

  now(): number {
    return this.#options.now();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#options.network.close();
  }
}

/** A Resonate server, over HTTP. */
export function httpBackend({ url, token, group = 'default' }: RemotePromisesOptions, pid: string, now: () => number): RemoteBackend {
  const network = createHttpNetwork({ url, group, pid, ...(token !== undefined && { token }) });
  return new RemoteBackend({ network, now, failure: (kind, cause) => httpFailure(url, kind, cause) });
}

/** The functions of resonate-pg in a PostgreSQL database. */
export async function resonatePostgresBackend({ url, group = 'default' }: RemotePromisesOptions, pid: string, now: () => number): Promise<RemoteBackend> {
  const name = databaseName(url, resonateSchema);
  const network = await createPostgresNetwork({ url, group, pid }).catch((error: unknown) => {
    throw fromPostgres(error, name);
  });
  return new RemoteBackend({ network, now, failure: (_, cause) => fromPostgres(cause, name) });
}

/** The SDK says the same of everything that went wrong; the status stands in its text. */
function httpFailure(url: string, kind: string, cause: unknown): Error {
  const text = String(cause);
  const facts = { cause, data: { url, kind } };
  if (/HTTP 40[13]/u.test(text)) return promisesError('HOLDFAST_PROMISES_UNAUTHORIZED', `Cannot do "${kind}" at "${url}": the token was refused`, facts);
  if (/HTTP 4\d\d/u.test(text)) return promisesError('HOLDFAST_PROMISES_PROTOCOL', `Cannot do "${kind}" at "${url}": the request was refused`, facts);
  return promisesError('HOLDFAST_PROMISES_UNAVAILABLE', `Cannot do "${kind}" at "${url}": ${text}`, facts);
}

import { promisesError } from '../errors.ts';
import type { Backend } from '../machine/backend.ts';
import type { ProtocolAnswer, ProtocolMessage, ProtocolRequest } from '../machine/messages.ts';
import { createHttpNetwork, type HttpNetworkOptions, type RemoteNetwork } from '../resonate.ts';

/** A Resonate server, over HTTP. */
export class RemoteBackend implements Backend {
  readonly unicast: string;
  readonly anycast: string;
  readonly #url: string;
  readonly #network: RemoteNetwork;
  readonly #now: () => number;
  #isClosed = false;

  constructor({ now, ...options }: HttpNetworkOptions & { readonly now: () => number }) {
    this.#url = options.url;
    this.#now = now;
    this.#network = createHttpNetwork(options);
    this.unicast = this.#network.unicast;
    this.anycast = this.#network.anycast;
  }

  readonly send = async (request: ProtocolRequest): Promise<ProtocolAnswer> => {
    if (this.#isClosed) throw promisesError('HOLDFAST_PROMISES_CLOSED', `Cannot do "${request.kind}": the promises are closed`);
    try {
      return await this.#network.send(request);
    } catch (cause) {
      throw this.#failure(request, cause);
    }
  };

  onMessage(receive: (message: ProtocolMessage) => void): void {
    this.#network.onMessage(receive);
  }

  now(): number {
    return this.#now();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#network.close();
  }

  /** The SDK says the same of everything that went wrong; the status stands in its text. */
  #failure({ kind }: ProtocolRequest, cause: unknown): Error {
    const text = String(cause);
    const facts = { cause, data: { url: this.#url, kind } };
    if (/HTTP 40[13]/u.test(text)) return promisesError('HOLDFAST_PROMISES_UNAUTHORIZED', `Cannot do "${kind}" at "${this.#url}": the token was refused`, facts);
    if (/HTTP 4\d\d/u.test(text)) return promisesError('HOLDFAST_PROMISES_PROTOCOL', `Cannot do "${kind}" at "${this.#url}": the request was refused`, facts);
    return promisesError('HOLDFAST_PROMISES_UNAVAILABLE', `Cannot do "${kind}" at "${this.#url}": ${text}`, facts);
  }
}

import { promisesError } from '../errors.ts';
import { protocolDate, type PromiseView, type ProtocolAnswer, type ProtocolRequest } from '../machine/messages.ts';

type AskedPromise = 'promise.get' | 'promise.create' | 'promise.settle' | 'promise.register_listener';

/** Asks about one promise, and gives it; undefined when there is none of that id. */
export type Ask = <Kind extends AskedPromise>(kind: Kind, data: Extract<ProtocolRequest, { kind: Kind }>['data']) => Promise<PromiseView | undefined>;

export type Send = (request: ProtocolRequest) => Promise<ProtocolAnswer>;

export function createAsk(send: Send, newId: () => string): Ask {
  return async (kind, data) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kind and data belong together by the signature
    const request = { kind, head: { corrId: newId(), version: protocolDate }, data } as ProtocolRequest;
    const answer = await send(request);
    if (answer.head.status === 404) return undefined;
    if (answer.head.status === 200) return promiseIn(answer.data);
    throw refused(request, answer);
  };
}

/** All pending promises that carry these tags. */
export async function searchPending(send: Send, newId: () => string, tags: Readonly<Record<string, string>>): Promise<readonly PromiseView[]> {
  const found: PromiseView[] = [];
  let cursor: string | undefined;
  do {
    const data = { state: 'pending' as const, tags, limit: 100, ...(cursor !== undefined && { cursor }) };
    const request: ProtocolRequest = { kind: 'promise.search', head: { corrId: newId(), version: protocolDate }, data };
    // oxlint-disable-next-line no-await-in-loop -- each page names the next
    const answer = await send(request);
    if (answer.head.status !== 200) throw refused(request, answer);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the protocol says of an answer with status 200
    const page = answer.data as { readonly promises: readonly PromiseView[]; readonly cursor?: string };
    found.push(...page.promises);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

function refused({ kind, data }: ProtocolRequest, answer: ProtocolAnswer): Error {
  return promisesError('HOLDFAST_PROMISES_PROTOCOL', `Cannot do "${kind}": the backend answered ${answer.head.status}`, {
    data: { kind, request: data, status: answer.head.status, answer: answer.data },
  });
}

function promiseIn(data: unknown): PromiseView {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the protocol says of an answer with status 200
  return (data as { readonly promise: PromiseView }).promise;
}

/** Requests at random, about few enough ids that they meet. */
import { protocolDate, type ProtocolRequest, type ProtocolState, type Tags } from '../src/machine/messages.ts';

const head = { corrId: 'c', version: protocolDate };

export function randomRequest(random: () => number, now: number): ProtocolRequest {
  const pick = <Item>(...items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const id = (): string => pick('a', 'b', 'a:0', 'a:1', 'a:1.0', 'b:0', 'b:1');
  const task = () => ({ id: id(), version: Math.floor(random() * 4) });
  const worker = () => ({ pid: pick('p1', 'p2'), ttl: pick(1000, 30_000) });
  const value = () => ({ headers: {}, data: pick('"x"', '1') });
  const create = (promise = id()) => {
    const origin = promise.split(':', 1)[0] ?? promise;
    const tags: Tags = {
      'resonate:origin': origin,
      'resonate:branch': pick(origin, promise),
      ...(random() < 0.7 && { 'resonate:target': 'poll://any@g/p' }),
      ...(random() < 0.15 && { 'resonate:timer': 'true' }),
      ...(random() < 0.1 && { 'resonate:delay': String(now + 5000) }),
      ...(random() < 0.5 && { 'resonate:scope': pick('global', 'local') }),
    };
    return { kind: 'promise.create' as const, head, data: { id: promise, timeoutAt: now + pick(-1, 0, 500, 5000, 60_000, 1e15), param: value(), tags } };
  };
  const settle = (promise = id()) => ({
    kind: 'promise.settle' as const,
    head,
    data: { id: promise, state: pick<ProtocolState>('resolved', 'rejected', 'rejected_canceled'), value: value() },
  });
  const ref = task();
  const kind = Math.floor(random() * 24);
  if (kind < 4) return create();
  if (kind < 6) return settle();
  switch (kind) {
    case 6:
      return { kind: 'promise.get', head, data: { id: id() } };
    case 7:
      return { kind: 'promise.register_callback', head, data: { awaited: id(), awaiter: id() } };
    case 8:
      return { kind: 'promise.register_listener', head, data: { awaited: id(), address: pick('poll://uni@g/p', 'poll://uni@g/q') } };
    case 9:
      return { kind: 'task.get', head, data: { id: id() } };
    case 10:
      return { kind: 'task.create', head, data: { ...worker(), action: create() } };
    case 11:
    case 12:
    case 13:
      return { kind: 'task.acquire', head, data: { ...ref, ...worker() } };
    case 14:
      return { kind: 'task.release', head, data: ref };
    case 15:
    case 16: {
      const awaited = [id(), ...(random() < 0.4 ? [id()] : [])];
      const actions = awaited.map((each) => ({ kind: 'promise.register_callback' as const, head, data: { awaited: each, awaiter: ref.id } }));
      return { kind: 'task.suspend', head, data: { ...ref, actions } };
    }
    case 17:
      return { kind: 'task.fulfill', head, data: { ...ref, action: settle(random() < 0.9 ? ref.id : id()) } };
    case 18:
    case 19:
      return { kind: 'task.fence', head, data: { ...ref, action: random() < 0.5 ? create() : settle() } };
    case 20:
      return { kind: 'task.halt', head, data: { id: id() } };
    case 21:
      return { kind: 'task.continue', head, data: { id: id() } };
    case 22:
      return { kind: 'task.heartbeat', head, data: { pid: pick('p1', 'p2'), tasks: [ref] } };
    default:
      return random() < 0.02 ? { kind: 'promise.search', head, data: { state: 'pending' } } : { kind: 'promise.get', head, data: { id: id() } };
  }
}

/** Mulberry32, by Tommy Ettinger: small, and the same everywhere. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

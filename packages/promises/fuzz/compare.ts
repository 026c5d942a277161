/**
 * The embedded machine against the in-memory server of the SDK: the same random requests at the same instants, every answer
 * and every message compared. An episode ends at its first difference, which has to stand in the table.
 */
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { LocalNetwork } from '@resonatehq/sdk';
import { Machine } from '../src/machine/machine.ts';
import { protocolDate, type ProtocolMessage, type ProtocolRequest, type ProtocolState, type Tags } from '../src/machine/messages.ts';
import { SqliteRecords } from '../src/machine/sqlite-records.ts';
import { machineLayout } from '../src/machine/schema.ts';
import { differences, type Observation } from './differences.ts';

const operationsInEpisode = 150;
const head = { corrId: 'c', version: protocolDate };

export interface Comparison {
  readonly compared: number;
  /** The different pairs of request and status that came up. */
  readonly classes: number;
  /** How many episodes ended at which difference of the table. */
  readonly explained: ReadonlyMap<string, number>;
  /** What stands in no table, with its seed. */
  readonly unexplained: readonly string[];
}

export function compareMachines(operations: number, firstSeed: number): Comparison {
  const tally = { compared: 0, classes: new Set<string>(), explained: new Map<string, number>(), unexplained: [] as string[] };
  for (let seed = firstSeed; tally.compared < operations; seed += 1) runEpisode(seed, operations, tally);
  return { ...tally, classes: tally.classes.size };
}

interface Tally {
  compared: number;
  readonly classes: Set<string>;
  readonly explained: Map<string, number>;
  readonly unexplained: string[];
}

interface Applied {
  readonly status: number;
  readonly data: unknown;
  readonly messages: readonly string[];
}

interface Peer {
  apply(now: number, request: ProtocolRequest): Applied;
}

function runEpisode(seed: number, operations: number, tally: Tally): void {
  const random = createRandom(seed);
  const [ours, theirs] = [openMachine(), openPeer()];
  let now = 1_000_000;
  for (let index = 0; index < operationsInEpisode && tally.compared < operations; index += 1) {
    now += random() < 0.3 ? Math.floor(random() * 20_000) : Math.floor(random() * 50);
    const request = randomRequest(random, now);
    const [mine, other] = [ours.apply(now, request), theirs.apply(now, request)];
    tally.compared += 1;
    tally.classes.add(`${request.kind} ${mine.status}`);
    if (isEqual(mine, other)) continue;
    explain({ request, ours: mine, theirs: other }, `seed ${seed}, operation ${index}`, tally);
    return;
  }
}

function isEqual(mine: Applied, other: Applied): boolean {
  if (mine.status !== other.status) return false;
  return (mine.status >= 400 || isDeepStrictEqual(normal(mine.data), normal(other.data))) && isDeepStrictEqual(mine.messages, other.messages);
}

function explain(observation: Observation, where: string, { explained, unexplained }: Tally): void {
  const known = differences.find(({ applies }) => applies?.(observation));
  if (known) explained.set(known.name, (explained.get(known.name) ?? 0) + 1);
  else unexplained.push(`${where}: ${JSON.stringify(observation)}`);
}

/** Without what has no order, and without what stands for nothing. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal).toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => part !== undefined && key !== 'corrId')
      .map(([key, part]) => [key, normal(part)] as const)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}

function openMachine(): Peer {
  const database = new DatabaseSync(':memory:');
  database.exec(machineLayout.schema);
  const machine = new Machine(new SqliteRecords(database), { ownPid: 'nobody' });
  return {
    apply: (now, request) => {
      machine.begin(now);
      const [status, data] = machine.apply(request);
      return { status, data, messages: machine.end().messages.map(({ address, message }) => describe(address, message)).toSorted() };
    },
  };
}

function openPeer(): Peer {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server inside is not part of the types
  const { server } = new LocalNetwork() as unknown as { readonly server: PeerServer };
  const tag = (id: string, name: string): string | undefined => server.promises.get(id)?.tags[name];
  return {
    apply: (now, request) => {
      // See the table: a promise without an address ends at its deadline.
      const nudged = [...server.promises.keys()].filter((id) => tag(id, 'resonate:target') === undefined).flatMap((id) => server.apply(now, { kind: 'promise.get', head, data: { id } }).changes);
      const ticked = server.apply(now, { kind: 'debug.tick', head, data: { time: now } });
      const { response, changes } = server.apply(now, structuredClone(request));
      // See the table: nobody is told to run a timer.
      const messages = [...nudged, ...ticked.changes, ...changes].flatMap((change) => (change.kind === 'message.send' ? [change] : []));
      const told = messages.filter(({ message }) => message.kind !== 'execute' || tag(message.data.task.id, 'resonate:timer') !== 'true');
      return { status: response.head.status, data: response.data, messages: told.map(({ address, message }) => describe(address, message)).toSorted() };
    },
  };
}

interface PeerServer {
  readonly promises: ReadonlyMap<string, { readonly tags: Tags }>;
  apply(now: number, request: unknown): { readonly response: { readonly head: { readonly status: number }; readonly data: unknown }; readonly changes: readonly PeerChange[] };
}

type PeerChange = { readonly kind: 'message.send'; readonly address: string; readonly message: ProtocolMessage } | { readonly kind: 'other' };

function describe(address: string, message: ProtocolMessage): string {
  return message.kind === 'execute' ? `execute ${address} ${message.data.task.id} ${message.data.task.version}` : `unblock ${address} ${message.data.promise.id} ${message.data.promise.state}`;
}

function randomRequest(random: () => number, now: number): ProtocolRequest {
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
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

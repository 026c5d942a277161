/**
 * The embedded machine against the in-memory server of the SDK: the same random requests at the same instants, every answer
 * and every message compared. An episode ends at its first difference, which has to stand in the table.
 */
import { DatabaseSync } from 'node:sqlite';
import { LocalNetwork } from '@resonatehq/sdk';
import { Machine } from '../src/machine/machine.ts';
import { protocolDate, type ProtocolMessage, type ProtocolRequest, type Tags } from '../src/machine/messages.ts';
import { SqliteRecords } from '../src/machine/sqlite-records.ts';
import { machineLayout } from '../src/machine/schema.ts';
import { describe, isEqual, type Applied } from './applied.ts';
import { differences, type Observation } from './differences.ts';
import { createRandom, randomRequest } from './random-request.ts';

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

export interface Peer {
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

function explain(observation: Observation, where: string, { explained, unexplained }: Tally): void {
  const known = differences.find(({ applies }) => applies?.(observation));
  if (known) explained.set(known.name, (explained.get(known.name) ?? 0) + 1);
  else unexplained.push(`${where}: ${JSON.stringify(observation)}`);
}

/** The machine over SQLite in memory. */
export function openMachine(): Peer {
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

/**
 * Finds out at connect, with promises of its own, whether a server does what is needed. Versions of the protocol's servers
 * differ in details that would otherwise show up as runs that never end.
 */
import { isHoldfastError } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import type { Backend } from '../machine/backend.ts';
import { protocolDate, type ProtocolAnswer, type ProtocolRequest, type Tags } from '../machine/messages.ts';

export interface ProbeOptions {
  readonly backend: Backend;
  readonly pid: string;
  readonly newId: () => string;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}

type Check = readonly [name: string, run: () => Promise<void>];

const timerMs = 50;
const pollMs = 50;
const maxPolls = 40;

/** @throws HOLDFAST_PROMISES_INCOMPATIBLE with the check that failed, HOLDFAST_PROMISES_UNAVAILABLE, HOLDFAST_PROMISES_UNAUTHORIZED */
export async function probe({ backend, pid, newId, setTimer }: ProbeOptions): Promise<void> {
  const root = `holdfast-probe-${newId().replaceAll(/[^A-Za-z0-9-]/gu, '-')}`;
  const deadline = backend.now() + 60_000;
  const target = `poll://any@${root}`;

  const ask = async <Kind extends ProtocolRequest['kind']>(kind: Kind, data: Extract<ProtocolRequest, { kind: Kind }>['data'], expected = 200): Promise<ProtocolAnswer> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kind and data belong together by the signature
    const answer = await backend.send({ kind, head: head(), data } as ProtocolRequest);
    if (answer.head.status === expected) return answer;
    throw new Error(`"${kind}" was answered with ${answer.head.status} ${JSON.stringify(answer.data)}`);
  };
  const head = () => ({ corrId: newId(), version: protocolDate });
  const create = (id: string, timeoutAt: number, tags: Tags) => ({ id, timeoutAt, param: { headers: {}, data: '""' }, tags: { ...lineage(root, id), ...tags } });

  const checks: readonly Check[] = [
    [
      'tasks',
      async () => {
        const action = { kind: 'promise.create' as const, head: head(), data: create(root, deadline, { 'resonate:target': target }) };
        await ask('task.create', { pid, ttl: 30_000, action });
        await ask('task.heartbeat', { pid, tasks: [{ id: root, version: 1 }] });
      },
    ],
    [
      'child-ids',
      async () => {
        const action = { kind: 'promise.create' as const, head: head(), data: create(`${root}:0`, deadline, { 'resonate:scope': 'local' }) };
        const answer = await ask('task.fence', { id: root, version: 1, action });
        const inner = Object(Reflect.get(Object(Reflect.get(Object(answer.data), 'action')), 'head'));
        if (Reflect.get(inner, 'status') !== 200) throw new Error(`"${root}:0" is refused as an id below "${root}"`);
      },
    ],
    [
      'timers',
      async () => {
        const id = `${root}:1`;
        await ask('promise.create', create(id, backend.now() + timerMs, { 'resonate:timer': 'true', 'resonate:target': target }));
        for (let poll = 0; poll < maxPolls; poll += 1) {
          // oxlint-disable-next-line no-await-in-loop -- asked again until it is there
          if (stateIn(await ask('promise.get', { id })) === 'resolved') return;
          // oxlint-disable-next-line no-await-in-loop -- as above
          await new Promise<void>((resolve) => void setTimer(resolve, pollMs));
        }
        throw new Error(`a timer of ${timerMs} ms did not end within ${maxPolls * pollMs} ms`);
      },
    ],
    [
      'suspending',
      async () => {
        const awaited = `${root}:2`;
        await ask('promise.create', create(awaited, deadline, { 'resonate:timer': 'true', 'resonate:target': target }));
        await ask('task.suspend', { id: root, version: 1, actions: [{ kind: 'promise.register_callback', head: head(), data: { awaiter: root, awaited } }] });
        await ask('promise.settle', { id: awaited, state: 'resolved', value: { headers: {}, data: '1' } });
        await ask('task.acquire', { id: root, version: 1, pid, ttl: 30_000 });
      },
    ],
    [
      'search',
      async () => {
        const answer = await ask('promise.search', { state: 'pending', tags: { 'resonate:origin': root }, limit: 10 });
        const found: unknown = Reflect.get(Object(answer.data), 'promises');
        const ids = Array.isArray(found) ? found.map((each) => String(Reflect.get(Object(each), 'id'))) : [];
        if (!ids.includes(root) || ids.some((id) => !id.startsWith(root))) throw new Error(`it found ${JSON.stringify(ids)} of what is pending below "${root}"`);
      },
    ],
    ['listeners', async () => void (await ask('promise.register_listener', { awaited: root, address: backend.unicast }))],
  ];

  try {
    for (const [name, run] of checks) {
      // oxlint-disable-next-line no-await-in-loop -- the later ones need the earlier
      await run().catch((cause: unknown) => {
        if (isHoldfastError(cause, 'HOLDFAST_PROMISES_UNAVAILABLE') || isHoldfastError(cause, 'HOLDFAST_PROMISES_UNAUTHORIZED')) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw promisesError('HOLDFAST_PROMISES_INCOMPATIBLE', `Cannot use the server: check "${name}" failed: ${reason}`, { cause, data: { check: name } });
      });
    }
  } finally {
    await ask('promise.settle', { id: root, state: 'rejected_canceled', value: { headers: {}, data: '""' } }).catch(() => undefined);
  }
}

function stateIn({ data }: ProtocolAnswer): unknown {
  return Reflect.get(Object(Reflect.get(Object(data), 'promise')), 'state');
}

function lineage(root: string, id: string): Tags {
  return { 'resonate:scope': 'global', 'resonate:origin': root, 'resonate:branch': id, 'resonate:parent': root };
}

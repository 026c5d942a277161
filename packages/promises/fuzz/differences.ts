/** Where the embedded machine does otherwise than the SDK's in-memory server, and why. Everything else has to be equal. */
import type { ProtocolRequest } from '../src/machine/messages.ts';

export interface Observation {
  readonly request: ProtocolRequest;
  readonly ours: { readonly status: number; readonly data: unknown };
  readonly theirs: { readonly status: number; readonly data: unknown };
}

export interface Difference {
  readonly name: string;
  readonly why: string;
  /** Whether this is that difference. Without it the fuzzer takes it out before it compares, and says where it does. */
  readonly applies?: (observation: Observation) => boolean;
}

export const differences: readonly Difference[] = [
  {
    name: 'search',
    why: 'The SDK answers 501. People look for open questions, so the machine searches.',
    applies: ({ request, ours, theirs }) => request.kind === 'promise.search' && ours.status === 200 && theirs.status === 501,
  },
  {
    name: 'a promise without an address ends at its deadline',
    why: 'The SDK ends it only when somebody names it, so whoever waits for it is not woken. The fuzzer names all of them at each instant.',
  },
  {
    name: 'nobody is told to run a timer',
    why: 'A timer has a task and nothing to run. The SDK tells a worker, which drops the task. The fuzzer drops that message.',
  },
];

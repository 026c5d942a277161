/** What the fault trials have in common: appends that are remembered, and claims that end a trial when they do not hold. */
import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EventStore, NewEvent } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { isHoldfastError } from '@holdfast/protocol';
import { inspect, isClean, type Acknowledged } from '../inspect.ts';

/** Thrown by a trial that this machine does not allow. */
export class Skipped extends Error {}

export function note(bytes: number): NewEvent {
  return { eventId: randomUUID(), type: 'NOTE_TAKEN', data: { text: 'x'.repeat(bytes) } };
}

/** Appends one event and remembers it if it was acknowledged; otherwise gives the code of the refusal. */
export async function appendNote(store: EventStore, acknowledged: Acknowledged, bytes = 100): Promise<string | undefined> {
  try {
    for (const event of await store.append('a', [note(bytes)])) acknowledged.set(event.eventId, event.sequenceNumber);
    return undefined;
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
}

interface ChildAnswer {
  readonly code?: string;
  readonly message?: string;
  readonly sequenceNumber?: number;
}

/** Opens the path in another process and appends one event; if asked, as somebody whom permissions hold back. */
export function openInChild(path: string, withoutRights = false): ChildAnswer {
  const script = fileURLToPath(new URL('../../test/process/open-and-append.ts', import.meta.url));
  const asNobody = withoutRights && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const child = spawnSync(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', script, path], {
    encoding: 'utf8',
    cwd: '/',
    ...asNobody,
  });
  if (child.stdout === '') throw new Error(`Cannot open in a child: ${child.stderr}`);
  return JSON.parse(child.stdout) as ChildAnswer;
}

export async function expectClean(store: EventStore, acknowledged: Acknowledged): Promise<void> {
  const findings = await inspect(store, acknowledged);
  expect(isClean(findings), JSON.stringify(findings));
}

export async function expectCleanFile(path: string, acknowledged: Acknowledged): Promise<void> {
  await using store = await openSqliteEventStore({ path });
  await expectClean(store, acknowledged);
}

export function expect(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem);
}

import { createMemoryEventStore, type EventStore } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { SessionManager } from '@holdfast/executor';
import { HoldfastService } from '@holdfast/orchestrator';
import { createMemoryPromiseStore, type PromiseStore } from '@holdfast/promises';
import { openSqlitePromiseStore } from '@holdfast/promises/sqlite';
import { startServer, type RunningServer, type ServerOptions } from '@holdfast/server';
import type { DataFolder } from './data-folder.ts';

export interface HoldfastOptions {
  readonly events: EventStore;
  readonly promises: PromiseStore;
  /** Where the code of sessions starts. */
  readonly directory: string;
  readonly maxSessions: number;
  readonly server: ServerOptions;
}

/** A whole Holdfast that runs in this process. */
export interface Holdfast {
  readonly service: HoldfastService;
  readonly server: RunningServer;
  /** Stops the faces, then the sessions, then the stores. */
  close(): Promise<void>;
}

/** Stores that live in a data folder. */
export async function openStores(folder: DataFolder, durability: 'power' | 'process'): Promise<{ events: EventStore; promises: PromiseStore }> {
  const events = await openSqliteEventStore({ path: folder.events, durability });
  try {
    // A promise only wakes who waits; what happened is in the events.
    return { events, promises: await openSqlitePromiseStore({ path: folder.promises, durability: 'process' }) };
  } catch (error) {
    await events.close();
    throw error;
  }
}

/** Stores that end with this process. */
export function createMemoryStores(): { events: EventStore; promises: PromiseStore } {
  return { events: createMemoryEventStore(), promises: createMemoryPromiseStore() };
}

/** Puts the packages together and starts the faces. The stores are closed with it, also when it does not start. */
export async function startHoldfast({ events, promises, directory, maxSessions, server: options }: HoldfastOptions): Promise<Holdfast> {
  const stack = new AsyncDisposableStack();
  try {
    stack.use(events);
    stack.use(promises);
    const sessions = stack.use(new SessionManager({ maxSessions }));
    const service = stack.use(await HoldfastService.open({ events, promises, sessions, directory, ...(options.onFault && { onFault: options.onFault }) }));
    const server = await startServer(service, options);
    stack.defer(async () => server.close());
    return { service, server, close: async () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

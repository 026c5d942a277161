import { createMemoryEventStore } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { eventStoreContract, type OpenEventStore } from '@holdfast/event-store/testing';
import { describe, expect, test } from 'vitest';
import { freshPath } from './fresh-path.ts';

const adapters: readonly { adapter: string; open: OpenEventStore }[] = [
  { adapter: 'memory', open: async (options) => createMemoryEventStore(options) },
  { adapter: 'sqlite, durable against loss of power', open: async (options) => openSqliteEventStore({ path: freshPath(), ...options }) },
  {
    adapter: 'sqlite, durable against death of the process',
    open: async (options) => openSqliteEventStore({ path: freshPath(), durability: 'process', ...options }),
  },
];

describe.each(adapters)('event store: $adapter', ({ open }) => {
  test.each(eventStoreContract)('$name', async (law) => {
    await expect(law.run(open)).resolves.toBeUndefined();
  });
});

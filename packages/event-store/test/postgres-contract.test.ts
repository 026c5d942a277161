import { openPostgresEventStore } from '@holdfast/event-store/postgres';
import { eventStoreContract, type OpenEventStore } from '@holdfast/event-store/testing';
import { describe, expect, test } from 'vitest';
import { freshSchema, postgres } from './postgres.ts';

const adapters: readonly { adapter: string; open: OpenEventStore }[] = (['single-writer', 'multi-writer'] as const).map((mode) => ({
  adapter: `postgres, ${mode}`,
  open: async (options) => openPostgresEventStore({ url: postgres.url, schema: freshSchema(), mode, ...options }),
}));

describe.skipIf(postgres.isMissing).each(adapters)(`event store: $adapter${postgres.note}`, ({ open }) => {
  test.each(eventStoreContract)('$name', async (law) => {
    await expect(law.run(open)).resolves.toBeUndefined();
  });
});

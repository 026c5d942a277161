import type { ConsumerReader, ConsumerState } from '../consumers.ts';
import { checkedConsumer, checkedKey } from '../check-consumer.ts';
import type { ConsumerTables } from './consumer-tables.ts';

/** The reading half of consumers. The tables are asked for anew each time, as a connection may be replaced. */
export function readConsumers(tables: () => ConsumerTables): ConsumerReader {
  return {
    position: async (consumer) => tables().position(checkedConsumer(consumer)),
    findState: async (consumer, key) => tables().find(checkedConsumer(consumer), checkedKey(key)),
    states: (consumer) => {
      const name = checkedConsumer(consumer);
      tables(); // refuses a closed store at the call
      return { [Symbol.asyncIterator]: () => statesOf(tables, name) };
    },
  };
}

async function* statesOf(tables: () => ConsumerTables, consumer: string): AsyncGenerator<ConsumerState, undefined> {
  let afterKey = '';
  for (;;) {
    const { states, isLast } = tables().page(consumer, afterKey);
    yield* states;
    if (isLast) return;
    afterKey = states.at(-1)?.key ?? afterKey;
  }
}

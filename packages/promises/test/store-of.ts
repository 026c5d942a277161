import type { PromiseStore } from '@holdfast/promises';
import type { Promises } from '@holdfast/promises/durable';

/** The store of promises that are closed together with it. */
export function storeOf(promises: Promises): PromiseStore {
  const { external } = promises;
  const close = async () => promises.close();
  return {
    create: async (input) => external.create(input),
    resolve: async (id, value) => external.resolve(id, value),
    reject: async (id, error) => external.reject(id, error),
    cancel: async (id, reason) => external.cancel(id, reason),
    get: async (id) => external.get(id),
    find: async (id) => external.find(id),
    pending: async (filter) => external.pending(filter),
    wait: async (id, options) => external.wait(id, options),
    pendingHighWaterMark: () => external.pendingHighWaterMark(),
    ignoredSettlements: () => external.ignoredSettlements(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

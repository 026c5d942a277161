import type { CapabilityPort, SessionOptions } from '@holdfast/executor';
import type { PromiseStore } from '@holdfast/promises';
import { approveCapability, CapabilityRegistry, requestInputCapability } from '@holdfast/promises/capabilities';
import { isHoldfastError } from '@holdfast/protocol';

/** What people answer. */
export function humanCapabilities(promises: PromiseStore): CapabilityRegistry {
  const registry = new CapabilityRegistry({ promises });
  registry.register(approveCapability());
  registry.register(requestInputCapability());
  return registry;
}

/** What sessions are offered; nothing at all where nothing is granted, so that the name stays free. */
export function offerCapabilities(registry: CapabilityRegistry, grants: readonly string[]): Pick<SessionOptions, 'capabilities'> {
  if (grants.length === 0) return {};
  const granted = registry.forSession({ grants });
  return { capabilities: { offered: granted.offered, request: untilTheEnd(async (asked, options) => granted.request(asked, options)) } };
}

/** A server that ends closes its promises and then its sessions: in between no cell is told of a refusal that nobody gave. */
function untilTheEnd(request: CapabilityPort['request']): CapabilityPort['request'] {
  return async (asked, options) => {
    try {
      return await request(asked, options);
    } catch (error) {
      if (isHoldfastError(error, 'HOLDFAST_PROMISES_CLOSED')) await aborted(options.signal);
      throw error;
    }
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

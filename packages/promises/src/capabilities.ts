/**
 * What a host offers to user code, people who answer included, and the bridge between messages and promises. For Node.
 *
 * @module
 */
export { ProtocolBridge, type CallOptions as BridgeCallOptions, type ProtocolBridgeOptions } from './bridge/protocol-bridge.ts';
export { callByPromise, type PromiseCall } from './bridge/call.ts';
export {
  Capability,
  defaultCapabilityTimeoutMs,
  type CapabilityContext,
  type CapabilityDefinition,
  type CapabilityMessage,
  type RequestResponseOptions,
} from './capability/capability.ts';
export {
  CapabilityRegistry,
  type CapabilityRegistryOptions,
  type SessionCapabilities,
  type SessionCapabilityRequest,
} from './capability/capability-registry.ts';
export { approveCapability, requestInputCapability, type Approval, type HumanCapabilityOptions, type HumanQuestion } from './capability/human.ts';
export { InterventionManager, type InterventionQuestion, type InterventionRequest, type OpenIntervention } from './capability/intervention.ts';

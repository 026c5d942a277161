/**
 * How far a worker is locked in. `process`: nothing but what every process of this user is. `restricted`: Node's
 * permission model, a seat belt. `sandbox`: a sandbox of the operating system, the one that stops hostile code.
 */
export type IsolationLevel = 'process' | 'restricted' | 'sandbox';

/** From the weakest to the strictest. */
export const isolationLevels: readonly IsolationLevel[] = ['process', 'restricted', 'sandbox'];

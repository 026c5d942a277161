/**
 * The built-ins that this package needs, taken when it is loaded. The live object is often a global object, in which
 * user code may declare an `Object` or a `Reflect` of its own.
 */
export const { Map, Object, Reflect, Set, TypeError } = globalThis;

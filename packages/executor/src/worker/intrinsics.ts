/**
 * The built-ins that the engine needs on the main thread, taken before any cell runs. Cells share the realm with the
 * engine and may declare names such as `Buffer` or `Map` of their own, which would otherwise stand for ours too.
 */
export const {
  Array,
  ArrayBuffer,
  Atomics,
  Buffer,
  Date,
  DOMException,
  Error,
  Int32Array,
  Map,
  Math,
  Number,
  Object,
  Promise,
  Proxy,
  RangeError,
  Reflect,
  RegExp,
  Set,
  SharedArrayBuffer,
  String,
  Symbol,
  SyntaxError,
  TypeError,
  Uint8Array,
  WeakMap,
  WeakSet,
  globalThis: realm,
  process,
  queueMicrotask,
  setImmediate,
} = globalThis;

// oxlint-disable-next-line no-eval -- a lexical name of this realm has no other reader
export const evaluateText = globalThis.eval;
export const encodeJson = globalThis.JSON.stringify;
export const decodeJson = globalThis.JSON.parse;

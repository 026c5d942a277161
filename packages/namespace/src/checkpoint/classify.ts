import { Array, ArrayBuffer, bufferIsDetached, bufferIsResizable, typedArrayName } from './intrinsics.ts';
import { Kind, platformPrototype } from './format.ts';
import { Refused } from './skipped.ts';

/** Tells kinds of objects apart by what they are, whatever they claim to be. `types` of `node:util` fits. */
export interface ObjectTypes {
  readonly isProxy: (value: unknown) => boolean;
  readonly isMap: (value: unknown) => boolean;
  readonly isSet: (value: unknown) => boolean;
  readonly isDate: (value: unknown) => boolean;
  readonly isRegExp: (value: unknown) => boolean;
  readonly isNativeError: (value: unknown) => boolean;
  readonly isPromise: (value: unknown) => boolean;
  readonly isWeakMap: (value: unknown) => boolean;
  readonly isWeakSet: (value: unknown) => boolean;
  readonly isAnyArrayBuffer: (value: unknown) => boolean;
  readonly isSharedArrayBuffer: (value: unknown) => boolean;
  readonly isArgumentsObject: (value: unknown) => boolean;
  readonly isBoxedPrimitive: (value: unknown) => boolean;
  readonly isGeneratorObject: (value: unknown) => boolean;
  readonly isMapIterator: (value: unknown) => boolean;
  readonly isSetIterator: (value: unknown) => boolean;
  readonly isModuleNamespaceObject: (value: unknown) => boolean;
  readonly isExternal: (value: unknown) => boolean;
}

const refusals = [
  ['isPromise', 'a Promise'],
  ['isWeakMap', 'a WeakMap'],
  ['isWeakSet', 'a WeakSet'],
  ['isArgumentsObject', 'an arguments object'],
  ['isBoxedPrimitive', 'a boxed primitive'],
  ['isGeneratorObject', 'a Generator'],
  ['isMapIterator', 'an Iterator'],
  ['isSetIterator', 'an Iterator'],
  ['isModuleNamespaceObject', 'a module'],
  ['isExternal', 'an object of native code'],
] as const;

const kinds = [
  ['isMap', Kind.map],
  ['isSet', Kind.set],
  ['isDate', Kind.date],
  ['isRegExp', Kind.regexp],
  ['isNativeError', Kind.error],
] as const;

/** What an object is for a checkpoint. Asks nothing that a trap or a property could answer. */
export function classify(value: object, prototype: object | null, types: ObjectTypes): Kind {
  if (Array.isArray(value)) return Kind.array;
  if (ArrayBuffer.isView(value)) return isNodeBuffer(value, prototype) ? Kind.nodeBuffer : Kind.view;
  if (types.isAnyArrayBuffer(value)) return classifyBuffer(value, types);
  for (let index = 0; index < kinds.length; index += 1) {
    const kind = kinds[index];
    if (kind && types[kind[0]](value)) return kind[1];
  }
  for (let index = 0; index < refusals.length; index += 1) {
    const refusal = refusals[index];
    if (refusal && types[refusal[0]](value)) throw new Refused(refusal[1]);
  }
  return Kind.object;
}

function isNodeBuffer(value: object, prototype: object | null): boolean {
  return prototype !== null && prototype === platformPrototype('Buffer') && typedArrayName(value) === 'Uint8Array';
}

function classifyBuffer(value: object, types: ObjectTypes): Kind {
  if (types.isSharedArrayBuffer(value)) throw new Refused('a SharedArrayBuffer');
  if (bufferIsResizable(value) === true) throw new Refused('a resizable ArrayBuffer');
  if (bufferIsDetached(value) === true) throw new Refused('a detached ArrayBuffer');
  return Kind.buffer;
}

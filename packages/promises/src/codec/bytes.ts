const views = {
  ArrayBuffer,
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

export type ViewName = keyof typeof views;

/** Which kind of bytes a value is; undefined when it is none. A `Buffer` counts as `Uint8Array`. */
export function viewName(value: object): ViewName | undefined {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return isViewName(tag) ? tag : undefined;
}

export function isViewName(text: unknown): text is ViewName {
  return typeof text === 'string' && Object.hasOwn(views, text);
}

export function bytesToBase64(value: object): string {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  return value instanceof ArrayBuffer ? Buffer.from(value).toString('base64') : '';
}

export function base64ToBytes(view: ViewName, text: string): unknown {
  const buffer = Uint8Array.from(Buffer.from(text, 'base64')).buffer;
  return view === 'ArrayBuffer' ? buffer : Reflect.construct(views[view], [buffer]);
}

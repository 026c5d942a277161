import { append, BigInt, createList } from './intrinsics.ts';
import { ByteReader } from './byte-reader.ts';
import { allFlags, bindings, Flag, Key, Kind, namespaceFormat, Parent, signature, Slot, viewNames, errorNames, wellKnownSymbols, type Binding } from './format.ts';
import { namespaceError } from '../errors.ts';

/** A place that holds the object of this number. */
export class Reference {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }
}

interface ParsedProperty {
  readonly key: string | symbol;
  readonly attributes: number;
  readonly value: unknown;
}

/** The record of one object. Which fields it has depends on its kind. */
export interface ParsedNode {
  readonly kind: Kind;
  readonly flags: number;
  readonly maker?: Reference;
  readonly length?: number;
  /** Elements of an array or a set, keys and values of a map in turn. */
  readonly items: readonly unknown[];
  readonly time?: number;
  readonly source?: string;
  readonly regexpFlags?: string;
  readonly type?: number;
  readonly bytes?: Uint8Array;
  readonly buffer?: Reference;
  readonly offset?: number;
  readonly parent?: { readonly name: string; readonly reference: Reference };
  readonly properties: readonly ParsedProperty[];
}

interface ParsedName {
  readonly name: string;
  readonly binding: Binding;
  readonly value: unknown;
}

/** A checkpoint as tables: checked for form, not yet made into values. */
export interface ParsedCheckpoint {
  readonly names: readonly ParsedName[];
  readonly nodes: readonly ParsedNode[];
}

/**
 * Reads the tables of a checkpoint.
 *
 * @throws HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT, HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT
 */
export function parseCheckpoint(bytes: Uint8Array): ParsedCheckpoint {
  const reader = new ByteReader(bytes);
  readHeader(reader);
  const parser = new Parser(reader);
  const names = createList<ParsedName>();
  while (!reader.isAtEnd) append(names, parser.name());
  parser.assertReferences();
  return { names, nodes: parser.nodes };
}

function readHeader(reader: ByteReader): void {
  for (const expected of signature) {
    if (reader.isAtEnd || reader.byte() !== expected) throw formatError('these bytes are no checkpoint');
  }
  const version = reader.byte();
  if (version !== namespaceFormat) throw formatError(`its format is ${version}, expected ${namespaceFormat}`);
}

function formatError(what: string): Error {
  return namespaceError('HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT', `Cannot read checkpoint: ${what}`);
}

class Parser {
  readonly nodes = createList<ParsedNode>();
  readonly #reader: ByteReader;
  readonly #seen = new Set<string>();
  #highest = -1;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  name(): ParsedName {
    const name = this.#reader.text();
    if (this.#seen.has(name)) this.#reader.fail('a name stands twice');
    this.#seen.add(name);
    const binding = bindings[this.#reader.byte()] ?? this.#reader.fail('a binding is unknown');
    const value = this.#slot();
    for (let kind = this.#reader.byte(); kind !== Kind.end; kind = this.#reader.byte()) append(this.nodes, this.#node(kind));
    return { name, binding, value };
  }

  assertReferences(): void {
    if (this.#highest >= this.nodes.length) this.#reader.fail('an object is missing');
  }

  #node(kind: number): ParsedNode {
    const flags = this.#reader.byte();
    if (flags > allFlags) this.#reader.fail('flags are unknown');
    if (kind === Kind.function || kind === Kind.class) return this.#function(kind, flags);
    const maker = flags & Flag.madeByClass ? this.#reference() : undefined;
    const head = { flags, ...(maker && { maker }) };
    const payload = this.#payload(kind);
    return { items: none, ...head, ...payload, properties: this.#properties() };
  }

  #payload(kind: number): Pick<ParsedNode, 'kind'> & Partial<ParsedNode> {
    switch (kind) {
      case Kind.object:
        return { kind };
      case Kind.array: {
        const length = this.#reader.number();
        const items = this.#slots(this.#reader.count());
        return { kind, length, items: items.length <= length ? items : this.#reader.fail('an array is longer than its length') };
      }
      case Kind.map:
        return { kind, items: this.#slots(this.#reader.count() * 2) };
      case Kind.set:
        return { kind, items: this.#slots(this.#reader.count()) };
      case Kind.date:
        return { kind, time: this.#reader.float() };
      case Kind.regexp:
        return { kind, source: this.#reader.text(), regexpFlags: this.#reader.text() };
      case Kind.error:
        return { kind, type: this.#type(errorNames.length) };
      case Kind.buffer:
      case Kind.nodeBuffer:
        return { kind, bytes: this.#reader.raw() };
      case Kind.view:
        return { kind, type: this.#type(viewNames.length), buffer: this.#reference(), offset: this.#reader.number(), length: this.#reader.number() };
      default:
        return this.#reader.fail('a kind is unknown');
    }
  }

  #function(kind: typeof Kind.function | typeof Kind.class, flags: number): ParsedNode {
    const source = this.#reader.text();
    const parent = kind === Kind.class && this.#reader.byte() === Parent.class ? { name: this.#reader.text(), reference: this.#reference() } : undefined;
    return { kind, flags, source, items: none, ...(parent && { parent }), properties: this.#properties() };
  }

  #properties(): ParsedProperty[] {
    const count = this.#reader.count();
    const hasAttributes = this.#reader.byte() === 1;
    const properties = createList<ParsedProperty>();
    for (let index = 0; index < count; index += 1) {
      const key = this.#key();
      const attributes = hasAttributes ? this.#reader.byte() : 7;
      if (attributes > 7) this.#reader.fail('attributes are unknown');
      append(properties, { key, attributes, value: this.#slot() });
    }
    return properties;
  }

  #key(): string | symbol {
    const code = this.#reader.number();
    if (code === Key.registeredSymbol) return Symbol.for(this.#reader.text());
    return code === Key.wellKnownSymbol ? this.#wellKnown() : this.#reader.key(code);
  }

  #slots(count: number): unknown[] {
    const slots = createList<unknown>();
    for (let index = 0; index < count; index += 1) append(slots, this.#slot());
    return slots;
  }

  #slot(): unknown {
    switch (this.#reader.byte()) {
      case Slot.undefined:
        return undefined;
      case Slot.null:
        return null;
      case Slot.true:
        return true;
      case Slot.false:
        return false;
      case Slot.integer:
        return zigzag(this.#reader.number());
      case Slot.float:
        return this.#reader.float();
      case Slot.bigint:
        return this.#bigint();
      case Slot.text:
        return this.#reader.text();
      case Slot.registeredSymbol:
        return Symbol.for(this.#reader.text());
      case Slot.wellKnownSymbol:
        return this.#wellKnown();
      case Slot.reference:
        return this.#referenceTo(this.#reader.number());
      default:
        return this.#reader.fail('a value is unknown');
    }
  }

  #reference(): Reference {
    return this.#reader.byte() === Slot.reference ? this.#referenceTo(this.#reader.number()) : this.#reader.fail('an object is missing');
  }

  #referenceTo(id: number): Reference {
    this.#highest = Math.max(this.#highest, id);
    return new Reference(id);
  }

  #bigint(): bigint {
    const text = this.#reader.text();
    if (!/^-?[0-9a-f]+$/u.test(text)) this.#reader.fail('a BigInt is malformed');
    return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
  }

  #wellKnown(): symbol {
    return wellKnownSymbols.get(this.#reader.text()) ?? this.#reader.fail('a symbol is unknown');
  }

  #type(count: number): number {
    const type = this.#reader.byte();
    return type < count ? type : this.#reader.fail('a type is unknown');
  }
}

const none: readonly unknown[] = [];

function zigzag(code: number): number {
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}

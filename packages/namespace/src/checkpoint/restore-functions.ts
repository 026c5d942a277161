import { Map, Object, Reflect, Set } from './intrinsics.ts';
import { Kind } from './format.ts';
import { Reference, type ParsedNode } from './parse.ts';

/** Evaluates the text of a function or class in the global scope, while these names stand for these values. */
export type Evaluate = (source: string, names: ReadonlyMap<string, unknown>) => unknown;

/** The functions of a checkpoint, evaluated: a class after its parent. What cannot be made again is named in `lost`. */
export class RestoredFunctions {
  readonly lost = new Set<number>();
  readonly #nodes: readonly ParsedNode[];
  readonly #evaluate: Evaluate | undefined;
  readonly #made = new Map<number, object>();

  constructor(nodes: readonly ParsedNode[], evaluate: Evaluate | undefined) {
    this.#nodes = nodes;
    this.#evaluate = evaluate;
    for (let id = 0; id < nodes.length; id += 1) if (isFunctionNode(nodes[id])) this.#makeWithParents(id);
  }

  get(id: number): object | undefined {
    return this.#made.get(id);
  }

  /** The object that instances of this class have as prototype. */
  prototypeOf(id: number): object | undefined {
    const made = this.#made.get(id);
    const prototype: unknown = made && Reflect.getOwnPropertyDescriptor(made, 'prototype')?.value;
    return typeof prototype === 'object' && prototype !== null ? prototype : undefined;
  }

  /** Downward from the eldest parent; a circle of parents, which nobody wrote honestly, is lost as a whole. */
  #makeWithParents(id: number): void {
    const line: number[] = [];
    for (let at: number | undefined = id; at !== undefined && !this.#isDone(at); at = this.#nodes[at]?.parent?.reference.id) {
      if (line.length > this.#nodes.length || !isFunctionNode(this.#nodes[at])) {
        this.lost.add(at);
        break;
      }
      line.push(at);
    }
    for (const next of line.toReversed()) if (!this.#isDone(next)) this.#make(next);
  }

  #isDone(id: number): boolean {
    return this.#made.has(id) || this.lost.has(id);
  }

  #make(id: number): void {
    const { source = '', parent } = this.#nodes[id] ?? {};
    const base = parent && this.#made.get(parent.reference.id);
    const made = parent && !base ? undefined : this.#tryEvaluate(source, new Map(parent ? [[parent.name, base]] : []));
    if (typeof made !== 'function') {
      this.lost.add(id);
      return;
    }
    this.#made.set(id, made);
    if (!parent || !base) return;
    const [prototype, baseOfPrototype] = [this.prototypeOf(id), this.prototypeOf(parent.reference.id)];
    // The name may stand for something else where the text was evaluated.
    Object.setPrototypeOf(made, base);
    if (prototype && baseOfPrototype) Object.setPrototypeOf(prototype, baseOfPrototype);
  }

  #tryEvaluate(source: string, names: ReadonlyMap<string, unknown>): unknown {
    try {
      return this.#evaluate?.(source, names);
    } catch {
      return undefined; // the text is not what it was, or needs what is not there; its holders are named as skipped
    }
  }
}

/** The numbers of all objects from which a lost one can be reached, the lost ones included. */
export function findHolders(nodes: readonly ParsedNode[], lost: ReadonlySet<number>): ReadonlySet<number> {
  const holders = new Set(lost);
  if (lost.size === 0) return holders;
  const heldBy = new Map<number, number[]>();
  for (let id = 0; id < nodes.length; id += 1) {
    for (const { id: part } of referencesOf(nodes[id])) {
      const known = heldBy.get(part);
      if (known) known.push(id);
      else heldBy.set(part, [id]);
    }
  }
  for (const held of holders) for (const holder of heldBy.get(held) ?? []) holders.add(holder);
  return holders;
}

function* referencesOf(node: ParsedNode | undefined): Generator<Reference> {
  if (!node) return;
  if (node.maker) yield node.maker;
  if (node.buffer) yield node.buffer;
  if (node.parent) yield node.parent.reference;
  for (let index = 0; index < node.items.length; index += 1) {
    const item = node.items[index];
    if (item instanceof Reference) yield item;
  }
  for (let index = 0; index < node.properties.length; index += 1) {
    const value = node.properties[index]?.value;
    if (value instanceof Reference) yield value;
  }
}

function isFunctionNode(node: ParsedNode | undefined): boolean {
  return node?.kind === Kind.function || node?.kind === Kind.class;
}

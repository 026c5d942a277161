/**
 * Completes from what is there, on the main thread. Nothing of the user runs: a getter is not called and the traps of a
 * proxy are not asked, so what lies behind them has no members here. What the platform itself made a getter on the
 * global object, as `process`, is called.
 */
import { builtinModules } from 'node:module';
import { types } from 'node:util';
import type { Completion } from '@holdfast/protocol';
import type { CompletionTarget } from '../analysis/completion-target.ts';
import { hostObjectName } from '../engine/host-object.ts';
import { Array, Object, Reflect, RegExp, Set, String, evaluateText, realm } from './intrinsics.ts';

const keywords = [
  'async', 'await', 'break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else', 'enum', 'export', 'extends', 'false',
  'finally', 'for', 'function', 'if', 'import', 'in', 'instanceof', 'interface', 'let', 'new', 'null', 'return', 'static', 'super', 'switch', 'this', 'throw',
  'true', 'try', 'type', 'typeof', 'undefined', 'using', 'var', 'void', 'while', 'with', 'yield',
];
const maxCandidates = 1000;
/** Named, because to look at each global would have Node load whatever it makes when somebody looks, all of `fetch` for one. */
const gettersOfPlatform = ['process', 'Buffer', 'performance', 'crypto', 'navigator', 'localStorage', 'sessionStorage'];
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200C\u200D]*$/u;

export type CompleteNames = (target: CompletionTarget, lexical: readonly string[]) => Completion;

/**
 * Takes note of what the platform put on the global object, before any cell runs.
 *
 * @param madeNames the properties of the global object that the user made
 */
export function createCompleter(madeNames: () => readonly string[]): CompleteNames {
  // oxlint-disable-next-line typescript/unbound-method -- compared, and never called
  const platformGetters = new Set(gettersOfPlatform.map((name) => Object.getOwnPropertyDescriptor(realm, name)?.get));
  platformGetters.delete(undefined);

  return (target, lexical) => ({ start: target.start, candidates: findCandidates(target, lexical).slice(0, maxCandidates) });

  function findCandidates(target: CompletionTarget, lexical: readonly string[]): string[] {
    const { kind, prefix } = target;
    switch (kind) {
      case 'module':
        return matching(builtinModules.flatMap((name) => (name.startsWith('_') ? [] : name.startsWith('node:') ? [name] : [name, `node:${name}`])), prefix);
      case 'literal':
        return members(prototypeOf[target.of], prefix);
      case 'member': {
        const value = follow(target.path, lexical);
        return value === undefined || value === null ? [] : members(value, prefix);
      }
      case 'name': {
        // Where nothing is typed, what the language and the platform have would be noise.
        const all = prefix === '' ? madeNames() : [...Object.getOwnPropertyNames(realm), ...keywords];
        const known = new Set([...lexical, ...all]);
        return matching([...known].filter((name) => identifier.test(name) && !name.startsWith(hostObjectName)), prefix);
      }
    }
  }

  /** What a chain of names leads to; undefined where it would take a getter or a trap to know. */
  function follow([first = '', ...rest]: readonly string[], lexical: readonly string[]): unknown {
    let value = root(first, lexical);
    for (const name of rest) {
      if (value === undefined || value === null) return undefined;
      value = read(value, name);
    }
    return value;
  }

  function root(name: string, lexical: readonly string[]): unknown {
    if (name === 'this') return realm;
    if (!lexical.includes(name)) return read(realm, name);
    try {
      return evaluateText(name);
    } catch {
      return undefined; // its initialiser threw, so it has no value
    }
  }

  function read(value: unknown, name: string): unknown {
    for (const owner of chain(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, name);
      if (!descriptor) continue;
      if (descriptor.get === undefined) return descriptor.value;
      // oxlint-disable-next-line typescript/unbound-method -- as above
      return owner === realm && platformGetters.has(descriptor.get) ? Reflect.get(realm, name) : undefined;
    }
    return undefined;
  }
}

const prototypeOf = { string: String.prototype, array: Array.prototype, regexp: RegExp.prototype };

/** Names of members, nearest first. Those of every object come only when they are asked for. */
function members(value: unknown, prefix: string): string[] {
  const found = new Set<string>();
  for (const owner of chain(value)) {
    if (owner === Object.prototype && owner !== value && prefix === '') break;
    const names = ownNames(owner).filter((name) => identifier.test(name) && (prefix.startsWith('_') || !name.startsWith('__')));
    for (const name of matching(names, prefix)) found.add(name);
  }
  return [...found];
}

/** Without indexes, of which there can be millions. */
function ownNames(owner: object): string[] {
  const hasIndexes = types.isTypedArray(owner) || types.isStringObject(owner) || Array.isArray(owner);
  return hasIndexes && owner !== Array.prototype && owner !== String.prototype ? ['length'] : Object.getOwnPropertyNames(owner);
}

/** An object and what it inherits from, up to a proxy. */
function chain(value: unknown): object[] {
  const objects: object[] = [];
  for (let each: object | null = Object(value); each !== null && !types.isProxy(each); each = Reflect.getPrototypeOf(each)) objects.push(each);
  return objects;
}

function matching(names: readonly string[], prefix: string): string[] {
  return names.filter((name) => name.startsWith(prefix)).toSorted();
}

import type { JsonValue } from '@holdfast/protocol';
import type { HostAsker } from './ask-host.ts';
import { Map, Object, Proxy, Reflect, TypeError } from './intrinsics.ts';
import { toJsonValue } from './json-value.ts';

/** The name under which user code finds what the host offers. */
export const capabilitiesName = 'capabilities';

/** Something that the host lets user code ask for. */
export interface OfferedCapability {
  readonly name: string;
  readonly description: string;
}

type Ask = (input?: unknown) => Promise<JsonValue>;

export interface Capabilities {
  /** What user code gets: a function for each name, which nobody but the engine can change. */
  readonly object: object;
  /** Takes over what the host offers from now on. */
  offer(list: readonly OfferedCapability[]): void;
}

const maxNameCharacters = 256;

/**
 * Makes the object `capabilities`. Its own properties are the names that are offered now, so they can be listed. Any
 * other name is a function too, whose promise the host rejects with an error that says what there is.
 */
export function createCapabilities(asker: HostAsker): Capabilities {
  const functions = new Map<string, Ask>();
  const offered: Record<string, Ask> = {};
  Object.setPrototypeOf(offered, null);

  function find(name: string, description = ''): Ask {
    const known = functions.get(name);
    if (known && (description === '' || Reflect.get(known, 'description') === description)) return known;
    const made: Ask = (input = null) => ask(name, input);
    Object.defineProperty(made, 'name', { value: name });
    Object.defineProperty(made, 'description', { value: description, enumerable: true });
    functions.set(name, Object.freeze(made));
    return made;
  }

  /** Gives the promise of the question itself: one around it would reject once more, with nobody to handle it. */
  function ask(name: string, input: unknown): Promise<JsonValue> {
    if (name === '' || name.length > maxNameCharacters) return asker.refuse(`Cannot ask for a capability: its name has ${name.length} characters, expected 1 to ${maxNameCharacters}`);
    const outcome = toJsonValue(input);
    if ('omitted' in outcome) return asker.refuse(`Cannot ask for "${name}": its input is ${outcome.omitted}, expected JSON`);
    return asker.ask({ kind: 'capability', capability: name.toWellFormed(), input: outcome.value });
  }

  return {
    object: new Proxy(offered, {
      // An object with a `then` would be taken for a promise.
      get: (target, key) => (typeof key === 'symbol' || key === 'then' ? undefined : (Reflect.getOwnPropertyDescriptor(target, key)?.value ?? find(key))),
      set: refuse,
      defineProperty: refuse,
      deleteProperty: refuse,
      setPrototypeOf: refuse,
      preventExtensions: refuse,
    }),
    offer: (list) => {
      for (const name of Object.keys(offered)) Reflect.deleteProperty(offered, name);
      for (const { name, description } of list) Object.defineProperty(offered, name, { value: find(name, description), enumerable: true, configurable: true });
    },
  };
}

function refuse(): never {
  throw new TypeError(`Cannot change ${capabilitiesName}: they belong to the session`);
}

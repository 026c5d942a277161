import type { NamespaceEntry } from '@holdfast/protocol';
import { represent } from './describe.ts';
import { Reflect, Set, evaluateText, realm } from './intrinsics.ts';

const maxPreviewCharacters = 200;

/** Describes names for a person: how they came to be, what they hold. A lexical name is read by evaluating it, as user code would. */
export function listNames(properties: readonly string[], lexical: readonly string[]): NamespaceEntry[] {
  const names = new Set([...properties, ...lexical]);
  return [...names].map((name) => describeName(name, lexical.includes(name) ? 'lexical' : 'property'));
}

function describeName(name: string, kind: NamespaceEntry['kind']): NamespaceEntry {
  try {
    const value: unknown = kind === 'property' ? Reflect.get(realm, name) : evaluateText(name);
    const preview = represent(value).replaceAll(/\s+/gu, ' ').slice(0, maxPreviewCharacters);
    return { name, kind, type: value === null ? 'null' : typeof value, preview };
  } catch {
    return { name, kind, type: 'unset', preview: '' }; // its initialiser threw, or a getter does
  }
}

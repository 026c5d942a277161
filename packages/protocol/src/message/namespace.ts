import * as z from 'zod';
import { envelope } from './envelope.ts';

/** Host to worker: which names live in the namespace? */
export const namespaceQuery = envelope.extend({ type: z.literal('namespace-query') });

export const namespaceEntry = z.object({
  name: z.string(),
  /** How the name came to be: a `let`, `const` or `class`, or a property of the global object. */
  kind: z.enum(['lexical', 'property']),
  type: z.string(),
  preview: z.string(),
});

export type NamespaceEntry = z.infer<typeof namespaceEntry>;

/** Worker to host: the names that the user made. */
export const namespaceListing = envelope.extend({
  type: z.literal('namespace-listing'),
  names: z.array(namespaceEntry),
});

/** Host to worker: let go of every name that the user made. */
export const namespaceClear = envelope.extend({ type: z.literal('namespace-clear') });

/** Worker to host, the answer to `namespace-clear`. */
export const namespaceCleared = envelope.extend({
  type: z.literal('namespace-cleared'),
  cleared: z.array(z.string()),
  /** Names that would not go, such as those of properties that cannot be deleted. */
  kept: z.array(z.string()),
});

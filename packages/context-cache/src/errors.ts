import { errorFactory, type ErrorTable } from '@holdfast/protocol';

/** Every error that `@holdfast/context-cache` throws. */
export const errorTable = {
  HOLDFAST_CONTEXT_CACHE_TOO_LARGE: {
    meaning: 'A context fills more of every model that is configured than it may.',
    mend: 'Build it with a smaller budget, or configure a model with a larger window',
  },
  HOLDFAST_CONTEXT_CACHE_UNKNOWN_MODEL: {
    meaning: 'A model is not on the ladder that contexts are routed along.',
    mend: 'Add the model and its window to the ladder',
  },
  HOLDFAST_CONTEXT_CACHE_INVALID_NODE: {
    meaning: 'The id of a node does not begin with a node type and a colon, or not with its own type.',
    mend: 'Make the id with nodeId(type, name)',
  },
  HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND: {
    meaning: 'No node of this id was put into the graph.',
    mend: 'Put the node first, or use find, which may give nothing',
  },
  HOLDFAST_CONTEXT_CACHE_BAD_EXPORT: {
    meaning: 'An exported graph is of another version, was changed or was cut off. Nothing was imported.',
    mend: 'Export the graph again',
  },
} as const satisfies ErrorTable;

export const contextCacheError = errorFactory(errorTable);

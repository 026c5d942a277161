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
  HOLDFAST_CONTEXT_CACHE_CANNOT_LINK: {
    meaning: 'The TypeScript compiler could not be used to link definitions.',
    mend: 'Install typescript@6 beside this package, or link by name',
  },
  HOLDFAST_CONTEXT_CACHE_CANNOT_READ: {
    meaning: 'A folder of sources cannot be read.',
    mend: 'Name a folder that is there and that this user may read',
  },
  HOLDFAST_CONTEXT_CACHE_STORE_FAILED: {
    meaning: 'The file of the offline cache cannot be opened, read or written. What was asked for was not done.',
    mend: 'See the cause; name a file in a folder that this user may write to',
  },
  HOLDFAST_CONTEXT_CACHE_INVALID_INPUT: {
    meaning: 'A signature was given an input that its schema does not take.',
    mend: 'Give what the message names',
  },
} as const satisfies ErrorTable;

export const contextCacheError = errorFactory(errorTable);

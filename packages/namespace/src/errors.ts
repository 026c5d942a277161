import { errorFactory, type ErrorTable } from '@holdfast/protocol/error';

/** Every error that `@holdfast/namespace` throws. */
export const errorTable = {
  HOLDFAST_NAMESPACE_UNDEFINABLE: {
    meaning: 'A name cannot be written, because the target has a frozen or read-only property of that name.',
    mend: 'Choose another name',
  },
  HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT: {
    meaning: 'Bytes are no checkpoint, or one of a format that this version does not read.',
    mend: 'Read it with the version that wrote it, or take a new checkpoint',
  },
  HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT: {
    meaning: 'The bytes of a checkpoint contradict themselves or end too early.',
    mend: 'Use an older checkpoint, and check what stored this one',
  },
} as const satisfies ErrorTable;

export const namespaceError = errorFactory(errorTable);

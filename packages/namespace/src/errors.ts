import { errorFactory, type ErrorTable } from '@holdfast/protocol/error';

/** Every error that `@holdfast/namespace` throws. */
export const errorTable = {
  HOLDFAST_NAMESPACE_UNDEFINABLE: {
    meaning: 'A name cannot be written, because the target has a frozen or read-only property of that name.',
    mend: 'Choose another name',
  },
} as const satisfies ErrorTable;

export const namespaceError = errorFactory(errorTable);

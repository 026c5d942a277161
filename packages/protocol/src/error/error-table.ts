import { HoldfastError, type HoldfastErrorOptions } from './holdfast-error.ts';

/** What one error code stands for. */
export interface ErrorRow {
  /** When this error happens, as a sentence for `docs/errors.md`. */
  readonly meaning: string;
  /** What to do about it; also the error's `hint` where the thrower gives none. */
  readonly mend: string;
  /** Whether the same call may succeed later without a change. */
  readonly retriable?: true;
}

/** All codes of one package: `HOLDFAST_<PACKAGE>_<WHAT>`. Adding a row is minor, removing one is major. */
export type ErrorTable = Readonly<Record<`HOLDFAST_${string}`, ErrorRow>>;

/** Makes the errors of one table. */
export type ErrorFactory<Table extends ErrorTable> = (
  code: Extract<keyof Table, string>,
  message: string,
  options?: HoldfastErrorOptions,
) => HoldfastError;

/** Gives a package the function that makes its errors, with hint and retriability taken from its table. */
export function errorFactory<Table extends ErrorTable>(table: Table): ErrorFactory<Table> {
  const rows = new Map<string, ErrorRow>(Object.entries(table));
  return (code, message, options) => {
    const row = rows.get(code);
    return new HoldfastError(code, message, {
      ...(row && { hint: row.mend, retriable: row.retriable ?? false }),
      ...options,
    });
  };
}

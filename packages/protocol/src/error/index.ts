/**
 * The error base alone, without schemas or codecs, for code that must start fast and stay small.
 *
 * @module
 */
export { HoldfastError, isHoldfastError, type HoldfastErrorOptions } from './holdfast-error.ts';
export { errorFactory, type ErrorFactory, type ErrorRow, type ErrorTable } from './error-table.ts';

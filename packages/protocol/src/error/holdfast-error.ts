/**
 * The one error base of every Holdfast package.
 *
 * `instanceof` fails across realms and across two installed copies of this package, so errors carry a
 * registered symbol and are recognised by {@link isHoldfastError}. The `code` is public API; the text is not.
 */

const marker = Symbol.for('holdfast.error');

/** What a {@link HoldfastError} may carry besides its code and message. */
export interface HoldfastErrorOptions {
  /** What went wrong underneath. */
  readonly cause?: unknown;
  /** The facts of this failure, as JSON values, so that nobody has to parse the message. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The next step for whoever reads the message. */
  readonly hint?: string;
  /**
   * Whether the same call may succeed later without a change.
   *
   * @default false
   */
  readonly retriable?: boolean;
}

/** An error with a stable code, thrown by every Holdfast package. */
export class HoldfastError extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'HoldfastError', configurable: true, writable: true });
    Object.defineProperty(this.prototype, marker, { value: true });
  }

  /** The stable identity of this failure, listed in `docs/errors.md`. */
  readonly code: string;
  readonly retriable: boolean;
  readonly hint?: string;
  readonly data?: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: HoldfastErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.retriable = options.retriable ?? false;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.data !== undefined) this.data = options.data;
  }
}

/** Tells whether a value is a {@link HoldfastError}, of this copy, another copy or another realm. */
export function isHoldfastError<Code extends string = string>(
  value: unknown,
  code?: Code,
): value is HoldfastError & { readonly code: Code } {
  if (typeof value !== 'object' || value === null || !(marker in value)) return false;
  return code === undefined || ('code' in value && value.code === code);
}

/** The one global through which compiled cells reach the engine. It cannot be written, redeclared or removed. */
export const hostObjectName = '__holdfast';

/** What compiled cells call. Every name here appears in the text that {@link compileCell} makes. */
export interface HostObject {
  /**
   * Says which cell this is, what its source is and which file it stands for, and lets its body start in a turn of the
   * event loop of its own.
   */
  readonly begin: (ordinal: number, source: string, filename: string) => Promise<void>;
  /** Takes the completion value of a cell whose last statement tells it, and gives it back described, as JSON text. */
  readonly end: (value?: unknown) => Promise<string>;
  /**
   * Stands around what may become the value of a cell whose value only V8 knows. A long text comes back in a box, because
   * V8 would hand it on letter by letter.
   */
  readonly boxed: (value: unknown) => unknown;
  /** Stands around every top-level `await`, so that a cancelled cell rejects there and runs its `finally`. */
  readonly guard: (value: unknown) => Promise<unknown>;
  /** Stands around what a top-level `for await` runs over, to the same end. */
  readonly iterate: (iterable: unknown) => AsyncIterable<unknown>;
  /** `import()`, resolved from where the cell stands. */
  readonly load: (specifier: string, options?: ImportCallOptions) => Promise<object>;
  /** A static import: like `load`, and every name must exist. */
  readonly link: (specifier: string, names: readonly string[], options?: ImportCallOptions) => Promise<object>;
  /** `import.meta` of the cell. */
  readonly meta: Readonly<Record<string, unknown>>;
}

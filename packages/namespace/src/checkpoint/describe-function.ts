/**
 * What must be known of a function before its text may stand for it. Only a parser and the engine can tell, so whoever
 * makes a checkpoint passes the answers in.
 */

/** A function or class whose text alone makes it again. */
export interface FunctionFacts {
  readonly kind: 'function' | 'class';
  /** The names that its text uses and does not bind. */
  readonly free: readonly string[];
  /** The name after `extends`. */
  readonly parent?: string;
  /** The static methods and accessors in the text of a class; a well-known symbol as `@@iterator`. */
  readonly statics: readonly string[];
  /** The methods and accessors of its instances. */
  readonly members: readonly string[];
  /** Whether its instances hold what only it can read. */
  readonly hasPrivateFields: boolean;
}

/** The facts, or why the text does not do: "a method", "a function that captures …". */
export type FunctionReport = FunctionFacts | { readonly refused: string };

export type DescribeFunction = (value: object, source: string) => FunctionReport;

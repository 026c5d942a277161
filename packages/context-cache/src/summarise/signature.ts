/**
 * A question to a model with typed answers: what goes in, what comes out, and what to do. Schemas are of any library that
 * speaks Standard Schema (zod, valibot, arktype), described here structurally so that none has to be installed.
 */

/** A schema of the Standard Schema kind, https://standardschema.dev. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] };

export interface Signature<Input, Output> {
  /** Names the kind of answer; part of the key under which answers are kept. */
  readonly name: string;
  /** Counts up when instructions or schemas change their meaning. */
  readonly version: number;
  readonly input: StandardSchema<Input>;
  readonly output: StandardSchema<Output>;
  /** What the model is told to do with the input. */
  readonly instructions: string;
  /** The answer that needs no model: the default, and what is fallen back on. */
  readonly deterministic: (input: Input) => Output;
  /** Where this holds, no model is asked at all: there is nothing to summarise. */
  readonly isTrivial?: (input: Input) => boolean;
}

/** Makes a signature, and infers its types from the schemas. */
export function defineSignature<Input, Output>(signature: Signature<Input, Output>): Signature<Input, Output> {
  return Object.freeze(signature);
}

export type Validation<Output> = { readonly ok: true; readonly value: Output } | { readonly ok: false; readonly issues: readonly string[] };

/** Checks a value; what is wrong comes as `path: message`. */
export async function validate<Output>(schema: StandardSchema<Output>, value: unknown): Promise<Validation<Output>> {
  const result = await schema['~standard'].validate(value);
  if (!result.issues) return { ok: true, value: result.value };
  return { ok: false, issues: result.issues.map(({ message, path = [] }) => `${path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.') || 'the answer'}: ${message}`) };
}

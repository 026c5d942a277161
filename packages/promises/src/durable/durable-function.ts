import type { AnswerSchema } from '../external.ts';
import type { DurableContext } from './context.ts';

/** A function that survives the process: its steps are recorded, and it goes on where it was. */
export interface DurableFunction<Input, Output> {
  readonly name: string;
  readonly version: number;
  /** Only for the compiler, which otherwise could not tell two functions apart. */
  readonly run: DurableBody<Input, Output>;
}

export type DurableBody<Input, Output> = (context: DurableContext, input: Input) => Promise<Output>;

export interface DurableFunctionOptions<Input = unknown, Output = unknown> {
  /** A run goes on with the version it began with; define both as long as old runs are unfinished. @default 1 */
  readonly version?: number;
  /** Checks the input before the first line of the body; a zod schema is one. */
  readonly input?: AnswerSchema<Input>;
  /** Checks the result. */
  readonly output?: AnswerSchema<Output>;
  /** How long a run may take in all, waits included. @default 30 days */
  readonly timeoutMs?: number;
}

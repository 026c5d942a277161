import type { ExecutionResult } from '../../session/execution-result.ts';
import type { Language } from '@holdfast/protocol';

/** Cells that run one after the other, and what becomes of the last one. */
export interface ReplCase {
  /** The requirements it proves, its number in the corpus, and the behaviour. */
  readonly name: string;
  readonly cells: readonly [string, ...string[]];
  /** @default 'typescript' */
  readonly language?: Language;
  readonly outcome: ReplOutcome;
  /** Why it cannot hold where the wrapper runs every cell. @default it does */
  readonly notWrapped?: string;
}

export type ReplOutcome = Partial<Pick<ExecutionResult, 'status' | 'mode' | 'value' | 'valueOmitted' | 'repr' | 'stdout' | 'stderr' | 'exitCode'>> & {
  readonly error?: { readonly name?: string; readonly message?: string; readonly line?: number; readonly column?: number; readonly file?: string; readonly cause?: object; readonly errors?: readonly object[] };
};

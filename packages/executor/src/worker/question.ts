import type { JsonValue } from '@holdfast/protocol';

/** What user code asks of the host. */
export type Question =
  | { readonly kind: 'input'; readonly prompt: string; readonly secret: boolean }
  | { readonly kind: 'capability'; readonly capability: string; readonly input: JsonValue };

/** A question on its way from the main thread to the control thread. */
export interface AskedQuestion {
  readonly number: number;
  readonly question: Question;
}

/** Why a question has no answer, as user code is told. */
export interface QuestionFailure {
  /** `AbortError` where the cell was cancelled. */
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
}

/** What comes back to the main thread, with the number of the question. */
export type QuestionAnswer = { readonly number: number } & (
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly failure: QuestionFailure }
);

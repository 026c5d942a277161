import type { JsonValue } from '@holdfast/protocol';

/** A cell asks a person for a line of text. */
export interface InputRequest {
  readonly sessionId: string;
  readonly executionId: string;
  readonly prompt: string;
  /** Whether the answer should stay unseen while it is typed, as a password does. */
  readonly secret: boolean;
}

/** A cell asks for something that the host offers. */
export interface CapabilityRequest {
  /** Unique, so that whoever answers can tell a question that comes twice. */
  readonly requestId: string;
  readonly sessionId: string;
  readonly executionId: string;
  readonly capability: string;
  readonly input: JsonValue;
}

export interface AnswerOptions {
  /** Aborts when nobody waits for the answer any more: the cell was cancelled, the time is up, the worker is gone. */
  readonly signal: AbortSignal;
}

/** Answers the questions of cells; null is no answer, as at the end of an input. */
export type AnswerInput = (request: InputRequest, options: AnswerOptions) => Promise<string | null>;

/** What the host lets cells ask for, and what answers. */
export interface CapabilityPort {
  /** Each name with a sentence on what it is for. {@link Session.offerCapabilities} adds some later. */
  readonly offered: Readonly<Record<string, string>>;
  /** Gives the result, or rejects: with an error of Holdfast as it is, with another one by its message. */
  readonly request: (request: CapabilityRequest, options: AnswerOptions) => Promise<JsonValue>;
}

import { RangeError, String, TypeError } from './intrinsics.ts';
import type { HostAsker } from './ask-host.ts';

const maxPromptCharacters = 64 * 1024;

interface PromptOptions {
  /** Whether the answer should stay unseen while it is typed, as a password does. */
  readonly secret?: boolean;
}

/** The global `prompt` of cells: asks the person behind the session, and blocks until the answer is there. */
export type Prompt = (message?: unknown, options?: PromptOptions | null) => string | null;

/** Makes `prompt`, which gives null where the person answered nothing. */
export function createPrompt(asker: HostAsker): Prompt {
  return function prompt(message = '', options = {}) {
    const text = String(message).toWellFormed();
    if (text.length > maxPromptCharacters) throw new RangeError(`Cannot ask for input: the question has ${text.length} characters, expected at most ${maxPromptCharacters}`);
    const answer = asker.askNow({ kind: 'input', prompt: text, secret: Boolean(options?.secret) });
    if (answer === null || typeof answer === 'string') return answer;
    throw new TypeError(`Cannot ask for input: the answer is ${typeof answer}`);
  };
}

import { isHoldfastError } from '@holdfast/protocol';
import { z } from 'zod';
import type { SessionClient } from './session-client.ts';

const asked = z.object({ promiseId: z.string(), prompt: z.string(), secret: z.boolean() });

/** What a cell asks the person at the terminal. */
export type Question = z.output<typeof asked>;

/** The question that an `INPUT_REQUESTED` message tells. */
export function questionOf(data: Readonly<Record<string, unknown>>): Question {
  return asked.parse(data);
}

/**
 * Answers a question of a cell from the terminal; without one the cell is told so.
 *
 * @param read reads one line; its signal aborts when the cell does not wait any more
 */
export async function answerQuestion(session: SessionClient, { promiseId }: Question, read: (signal: AbortSignal) => Promise<string | null>, ended: AbortSignal): Promise<void> {
  try {
    if (process.stdin.isTTY) await session.answer(promiseId, await read(ended));
    else await session.refuseToAnswer(promiseId, 'standard input is no terminal');
  } catch (error) {
    // Somebody else may have answered, and a cell that ended needs no answer.
    if (!ended.aborted && !isHoldfastError(error, 'HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING')) throw error;
  }
}

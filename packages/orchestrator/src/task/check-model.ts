import { untilAborted } from '../until-aborted.ts';
import type { Coder } from '../workflow/ports.ts';
import type { ModelHealth } from './task-service.ts';

/** How long a model may take to say that it is there. */
const patienceMs = 3000;

/** Asks whether there is a model, and whether it answers. Never rejects. */
export async function checkModel(coder: Coder | undefined): Promise<ModelHealth> {
  if (!coder) {
    const message = 'No model is configured: start the server with --model ollama:NAME, openai-compatible:NAME or anthropic:NAME';
    return { state: 'not configured', model: null, isRecorded: false, message };
  }
  const { name, isRecorded } = coder;
  try {
    const signal = AbortSignal.timeout(patienceMs);
    await untilAborted(coder.check({ signal }), signal); // also one that heeds no signal
    return { state: 'ok', model: name, isRecorded, message: isRecorded ? 'Answers are recorded; no model is asked' : '' };
  } catch (error) {
    return { state: 'failed', model: name, isRecorded, message: error instanceof Error ? error.message : String(error) };
  }
}

/** What a health check says of it. */
export function describeModel({ state, model, isRecorded, message }: ModelHealth): string {
  if (state === 'not configured') return state;
  return state === 'ok' ? `ok: ${model ?? ''}${isRecorded ? ', plays back recorded answers' : ''}` : `failed: ${message}`;
}

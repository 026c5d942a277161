import { findCellMode } from '@holdfast/executor';
import type { Language } from '@holdfast/protocol';
import { defaultDurableModes } from '@holdfast/promises/durable';
import type { ExecuteRequest } from '../service-views.ts';
import type { StartedExecution } from './session-event.ts';

/** What the log says of a cell that begins; of a durable one, all that it takes to begin it anew. */
export function startOf(executionId: string, spoken: Language, { code, language = spoken, filename, timeoutMs, durable = 'never' }: ExecuteRequest): StartedExecution {
  const isDurable = durable === 'always' || (durable === 'auto' && defaultDurableModes.includes(findCellMode(code, language)));
  if (!isDurable) return { executionId, code, language };
  return { executionId, code, language, durable: { ...(filename !== undefined && { filename }), ...(timeoutMs !== undefined && { timeoutMs }) } };
}

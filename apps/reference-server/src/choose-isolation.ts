import { probeIsolation, strongestIsolation, type IsolationLevel } from '@holdfast/executor';
import type { Configuration } from './config.ts';
import { cliError } from './errors.ts';

/**
 * The level for the sessions of network clients: the one that was asked for, or the strictest that works here.
 *
 * @throws HOLDFAST_CLI_ISOLATION where the one that was asked for does not work; a weaker one is never taken in its place
 */
export async function chooseIsolation(wished: Configuration['isolation']): Promise<IsolationLevel> {
  if (wished === 'strictest') return strongestIsolation();
  if (wished === 'process') return wished;
  const { works, detail, mend } = await probeIsolation(wished);
  if (works) return wished;
  throw cliError('HOLDFAST_CLI_ISOLATION', `Cannot use isolation "${wished}": ${detail}`, { ...(mend !== undefined && { hint: mend }) });
}

import { CommanderError } from 'commander';
import { cliError } from './errors.ts';

/** Commander's own complaints in our terms. */
export function usageErrorOf(error: unknown): Error {
  if (!(error instanceof CommanderError)) return error instanceof Error ? error : new Error(String(error));
  if (error.code === 'commander.help') return cliError('HOLDFAST_CLI_USAGE', 'Cannot run: the command is missing or unknown', { cause: error });
  const [message = '', hint] = error.message.replace(/^error: /u, '').split('\n');
  return cliError('HOLDFAST_CLI_USAGE', `Cannot run: ${message}`, { cause: error, ...(hint !== undefined && { hint: hint.replaceAll(/[()]/gu, '') }) });
}

import { isHoldfastError } from '@holdfast/protocol';

/** Tells an error in one line with its code, and the next step in another. */
export function reportError(error: unknown): void {
  if (!isHoldfastError(error)) {
    process.stderr.write(`holdfast: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return;
  }
  process.stderr.write(`holdfast: ${error.message} (${error.code})\n`);
  if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
}

const usageCodes: ReadonlySet<string> = new Set(['HOLDFAST_CLI_USAGE', 'HOLDFAST_CLI_CONFIGURATION', 'HOLDFAST_CLI_CANNOT_READ']);

/** 2 for a wrong call, 1 for everything else that failed. */
export function exitCodeOf(error: unknown): number {
  return isHoldfastError(error) && usageCodes.has(error.code) ? 2 : 1;
}

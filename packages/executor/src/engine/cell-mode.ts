import type { ExecutionMode, Language } from '@holdfast/protocol';
import { findBlocking } from '../analysis/blocking.ts';
import { resolveBlockingOptions } from '../analysis/blocking-options.ts';
import { findExecutionMode } from '../analysis/execution-mode.ts';
import { createCellReader } from './read-cell.ts';

/**
 * How a cell would run, by its text alone, before there is a session for it. What earlier cells declared is not known here:
 * a blocking call under a name of theirs is not seen. `unknown` for what does not parse.
 */
export function findCellMode(code: string, language: Language = 'typescript'): ExecutionMode {
  try {
    const { stripped, program } = createCellReader()(code, language);
    const blocks = program !== undefined && findBlocking(program, new Map(), resolveBlockingOptions()).calls.some(({ runsAtTopLevel }) => runsAtTopLevel);
    return findExecutionMode(program, stripped.code, blocks);
  } catch {
    return 'unknown'; // the session says what is wrong with it
  }
}

import { readFileSync } from 'node:fs';

/** The processes that a process started and that have not been waited for; Linux alone tells. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number).filter(isRunning);
}

/** Whether a process runs; one that ended and was not waited for yet does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /u.test(stat);
  } catch {
    return false;
  }
}

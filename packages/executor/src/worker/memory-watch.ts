/** How much a cell may add to a process that uses more than its limit already, so that it can run and free some. */
const slackBytes = 16 * 2 ** 20;
const intervalMs = 50;
/** How long a cell that was asked to end may go on growing before the process is ended. */
const patienceMs = 4000;

export interface MemoryWatchOptions {
  /** How much memory the process may use. */
  readonly maxBytes: number;
  /** Ends the process where ending the cell does not suffice. */
  readonly stopProcess: () => void;
  /** @default the resident set of this process */
  readonly usedBytes?: () => number;
}

/** Watches the memory of the process while a cell runs. Gives what ends the watch. */
export type WatchMemory = (onExceeded: () => void) => () => void;

/**
 * Makes a watch on the control thread, which goes on while user code blocks. A limit of the heap would take the process
 * down and the variables with it; this ends only the cell.
 */
export function createMemoryWatch({ maxBytes, stopProcess, usedBytes = () => process.memoryUsage.rss() }: MemoryWatchOptions): WatchMemory {
  return (onExceeded) => {
    const limit = Math.max(maxBytes, usedBytes() + slackBytes);
    let lastResort: NodeJS.Timeout | undefined;
    const check = setInterval(() => {
      if (usedBytes() <= limit) return;
      clearInterval(check);
      lastResort = setTimeout(stopProcess, patienceMs);
      onExceeded();
    }, intervalMs);
    return () => {
      clearInterval(check);
      clearTimeout(lastResort);
    };
  };
}

/** For a process without a limit. */
export const watchNothing: WatchMemory = () => () => undefined;

/**
 * The processes below another one, which a signal to a process group does not reach when they left it. Linux tells them
 * in /proc; elsewhere there are none to be found and the next step of the ladder has to do.
 */
import { readdirSync, readFileSync } from 'node:fs';

interface Descendant {
  readonly pid: number;
  /** Milliseconds since this process began, below zero for an older one; exact to two ticks of 10 ms. */
  readonly startedAt: number;
}

const tickMs = 10;

/** Kills the processes below one that began at an instant of `performance.now()` or later. Gives how many there were. */
export function killDescendants(pid: number, since = -Infinity): number {
  const descendants = findDescendants(pid).filter(({ startedAt }) => startedAt >= since - 2 * tickMs);
  for (const descendant of descendants) {
    try {
      process.kill(descendant.pid, 'SIGKILL');
    } catch {
      // it ended by itself in the meantime
    }
  }
  return descendants.length;
}

/** All processes below one, parents before their children. */
function findDescendants(pid: number): Descendant[] {
  const found: Descendant[] = [];
  const open = [pid];
  for (let parent = open.shift(); parent !== undefined; parent = open.shift()) {
    for (const child of childrenOf(parent)) {
      const startedAt = startOf(child);
      if (startedAt !== undefined) found.push({ pid: child, startedAt });
      open.push(child);
    }
  }
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  } catch {
    return []; // the process is gone, or the system has no /proc
  }
}

/** The start of a process counts in ticks since the machine started; so does /proc/uptime, in seconds. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
    return performance.now() - (uptimeMs - ticks * tickMs);
  } catch {
    return undefined; // it ended in the meantime
  }
}

import type { ThrownError } from '@holdfast/protocol';
import type { WorkerExit } from '../process/worker-process.ts';

/** What V8 says on standard error when its heap does not suffice. */
const outOfMemory = /\b(?:heap|JavaScript|process) out of memory\b/iu;

export interface LostWorkerFacts {
  readonly maxHeapMegabytes: number;
  /** Whether the next worker begins with a checkpoint. */
  readonly isRestored: boolean;
}

/** The error of a cell whose worker went away under it. */
export function lostWorkerError({ code, signal, stderr }: WorkerExit, { maxHeapMegabytes, isRestored }: LostWorkerFacts): ThrownError {
  const after = isRestored ? 'its variables are lost, and the next cell restores the last checkpoint' : 'its variables are lost';
  if (outOfMemory.test(stderr)) {
    const message = `The cell needed more memory than the ${maxHeapMegabytes} MiB that the heap may grow to, which ended the worker process; ${after}`;
    return { name: 'OutOfMemory', message, stack: '', notes: [] };
  }
  const message = `The worker process ended with ${signal === null ? `code ${String(code)}` : signal} while the cell ran; ${after}`;
  const lastWords = stderr.trim();
  return { name: 'WorkerDied', message, stack: '', notes: lastWords === '' ? [] : [lastWords] };
}

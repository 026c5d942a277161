import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { ControlThreadData } from './main-thread-tools.ts';
import { createRingMemory } from './output-ring.ts';
import { createProgress } from './progress.ts';

/** What the main thread keeps of what it shares with the control thread. */
export interface SharedWithControlThread {
  /** Where the main thread writes output. */
  readonly ring: SharedArrayBuffer;
  /** Where it says how far it is, see {@link Progress}. */
  readonly progress: SharedArrayBuffer;
  readonly checkpoints: MessagePort;
  /** On which it is asked for a turn of its event loop. */
  readonly turns: MessagePort;
  /** On which it asks the host, and hears the answers. */
  readonly questions: MessagePort;
  /** What rings for it when an answer is there. */
  readonly bell: SharedArrayBuffer;
  /** On which it asks for places of the user's source, and what rings when one is found. */
  readonly places: { readonly port: MessagePort; readonly bell: SharedArrayBuffer };
}

/** Each cell leaves a little garbage there. V8 would let it grow to three times 16 MiB before it looks for some. */
const maxYoungGenerationSizeMb = 8;

/** @param entry the module to start it with: the worker's own entry */
export function launchControlThread(entry: string): SharedWithControlThread {
  const ring = createRingMemory();
  const progress = createProgress();
  const bell = new SharedArrayBuffer(4);
  const checkpoints = new MessageChannel();
  const turns = new MessageChannel();
  const questions = new MessageChannel();
  const places = new MessageChannel();
  const placesBell = new SharedArrayBuffer(4);
  const workerData: ControlThreadData = { ring, progress, bell, checkpoints: checkpoints.port2, turns: turns.port2, questions: questions.port2, places: { port: places.port2, bell: placesBell } };
  // The process keeps the thread alive; nothing here ever speaks to it.
  // oxlint-disable-next-line no-new -- starting is the point
  new Worker(new URL(entry), {
    argv: process.argv.splice(2),
    workerData,
    transferList: [checkpoints.port2, turns.port2, questions.port2, places.port2],
    stdout: false,
    stderr: false,
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  return { ring, progress, bell, checkpoints: checkpoints.port1, turns: turns.port1, questions: questions.port1, places: { port: places.port1, bell: placesBell } };
}

import type { MessagePort } from 'node:worker_threads';
import { hostObjectName } from '../engine/host-object.ts';
import type { CheckpointTools } from './checkpoint-tools.ts';

/** What the control thread calls on the main thread. Answers travel as JSON text. */
export interface MainThreadTools extends CheckpointTools {
  /** Says what the source of a cell is that cannot begin, because it does not compile, and which file it stands for. */
  prepare(ordinal: number, source: string, filename: string): void;
  /** Describes a completion value and keeps it in the history. */
  describe(value: unknown, ordinal: number): Promise<string>;
  describeThrown(thrown: unknown): Promise<string>;
  /** Rejects the awaits of a cell, which may be about to begin. */
  cancel(by: string, ordinal: number): void;
  /** Lets nothing of this cell go on. */
  park(ordinal: number): void;
  recordExit(code: number): void;
  /** Says what the host offers user code from now on, as JSON text of a list. */
  offer(capabilities: string): void;
  /** How many names the user made. */
  countNames(lexical: readonly string[]): number;
  /** Lets go of the properties that the user made, and gives those that would not go, as JSON text. */
  clearNames(): string;
  /** How a text may go on, as JSON text. @param target what is to be completed, as JSON text */
  complete(target: string, lexical: readonly string[]): string;
  /** The names that the user made, with kind, type and preview, as JSON text. */
  names(lexical: readonly string[]): string;
}

/** The global under which the control thread finds the tools, once. */
export const toolsName = `${hostObjectName}_tools`;

/** What the control thread is started with. */
export interface ControlThreadData {
  readonly ring: SharedArrayBuffer;
  readonly progress: SharedArrayBuffer;
  /** On which the bytes of checkpoints travel. */
  readonly checkpoints: MessagePort;
  /** On which the control thread asks for a turn of the event loop. */
  readonly turns: MessagePort;
  /** On which questions to the host and their answers travel. */
  readonly questions: MessagePort;
  /** Counts the answers, for a main thread that sleeps until one comes. */
  readonly bell: SharedArrayBuffer;
  /** On which the main thread asks where a place of a cell stands in the user's source. */
  readonly places: { readonly port: MessagePort; readonly bell: SharedArrayBuffer };
}

import type { EventStore } from '@holdfast/event-store';
import type { IsolationLevel, SessionManager } from '@holdfast/executor';
import type { Promises } from '@holdfast/promises/durable';
import type { CheckpointStore } from './checkpoint/checkpoint-store.ts';
import type { BackpressureAlert } from './queue/backpressure.ts';
import type { AnswerForm } from './session/check-answer.ts';
import type { SessionFolders } from './session/session-folders.ts';
import type { CodingOptions, TaskLimits } from './task/task-manager.ts';

/** What the service stands on. Whoever opened these closes them, after the service. */
export interface ServicePorts {
  readonly events: EventStore;
  /** What runs on after a crash, and what waits for somebody. The service closes them first when it closes. */
  readonly promises: Promises;
  readonly sessions: SessionManager;
  /** @default createMemoryCheckpointStore() */
  readonly checkpoints?: CheckpointStore;
  /** Gives each session a folder of its own, the only one that it may write to. @default none */
  readonly folders?: SessionFolders;
  /** What sessions are created with by the session manager, as they are shown. @default 'process' */
  readonly isolation?: IsolationLevel;
  /** Where the code of sessions starts, unless a session names another. @default the working directory of this process */
  readonly directory?: string;
  /** What writes code and tests it. @default none: coding tasks are refused */
  readonly coding?: CodingOptions;
  /** What the answer to a promise of some kind has to look like, for kinds of others. @default anything */
  readonly answerForm?: (kind: string) => AnswerForm | undefined;
  /** How many tasks wait and run. @default as TaskQueue has it */
  readonly queue?: TaskLimits;
  /** Told when the queue of tasks fills up, and when it is clear again. @default nobody */
  readonly onAlert?: (alert: BackpressureAlert) => void;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Told of failures that no caller waits for, such as output that could not be kept. @default nobody */
  readonly onFault?: (error: unknown) => void;
}

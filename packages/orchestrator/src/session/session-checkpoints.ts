import type { Session } from '@holdfast/executor';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.ts';
import { orchestratorError } from '../errors.ts';
import type { CheckpointView, RestoreView } from '../service-views.ts';
import { sessionCheckpointed, sessionRestored } from './session-event.ts';
import type { SessionJournal } from './session-journal.ts';

/** Takes the variables of sessions into the store and brings them back, and has the journal tell of both. */
export class SessionCheckpoints {
  readonly #store: CheckpointStore;
  readonly #journal: SessionJournal;
  readonly #onFault: (error: unknown) => void;

  constructor(store: CheckpointStore, journal: SessionJournal, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#journal = journal;
    this.#onFault = onFault;
  }

  async take(session: Session): Promise<CheckpointView> {
    const { checkpoint, kept, skipped } = await session.checkpoint();
    await this.#store.save(session.id, checkpoint);
    const view = { checkpointId: checkpoint.checkpointId, size: checkpoint.size, kept, skipped };
    await this.#journal.append(session.id, sessionCheckpointed(view));
    return view;
  }

  /** The newest one, unless named. @throws HOLDFAST_ORCHESTRATOR_CHECKPOINT_NOT_FOUND */
  async restore(session: Session, checkpointId?: string): Promise<RestoreView> {
    const restored = await this.#restoreIfThere(session, checkpointId);
    if (restored) return restored;
    const which = checkpointId === undefined ? 'a checkpoint' : `checkpoint "${checkpointId}"`;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_CHECKPOINT_NOT_FOUND', `Cannot find ${which} of session "${session.id}"`);
  }

  /** Brings the variables of an earlier process back, as far as they were kept: a bad checkpoint must not keep the session from running. */
  async restoreNewest(session: Session): Promise<void> {
    await this.#restoreIfThere(session).catch(this.#onFault);
  }

  async remove(sessionId: string): Promise<void> {
    await this.#store.remove(sessionId);
  }

  async #restoreIfThere(session: Session, checkpointId?: string): Promise<RestoreView | undefined> {
    const checkpoint = await this.#store.find(session.id, checkpointId);
    if (!checkpoint) return undefined;
    const view = { checkpointId: checkpoint.checkpointId, ...(await session.restore(checkpoint)) };
    await this.#journal.append(session.id, sessionRestored(view));
    return view;
  }
}

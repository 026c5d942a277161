/** Writes the facts of sessions into the log, and what they say into the ledger, in that order. */
import type { EventStore, NewEvent } from '@holdfast/event-store';
import type { SessionLedger } from './session-ledger.ts';
import { sessionStream } from './session-event.ts';

/** How many outputs may be on their way into the log before the sessions that write have to wait. */
const maxKeeping = 64;

export class SessionJournal {
  readonly #events: EventStore;
  readonly #ledger: SessionLedger;
  readonly #onFault: (error: unknown) => void;
  /** How many outputs are on their way into the log. */
  #keeping = 0;

  /** @param onFault - told when something could not be kept that nobody waits for */
  constructor(events: EventStore, ledger: SessionLedger, onFault: (error: unknown) => void) {
    this.#events = events;
    this.#ledger = ledger;
    this.#onFault = onFault;
  }

  async append(sessionId: string, event: NewEvent): Promise<void> {
    for (const appended of await this.#events.append(sessionStream(sessionId), [event])) this.#ledger.apply(appended);
  }

  /** Appends what nobody waits for. Its place in the log is the order of the calls. */
  keep(sessionId: string, event: NewEvent): void {
    this.append(sessionId, event).catch(this.#onFault);
  }

  /** The same for output, of which there may be more than the log can take: then the session has to wait, and its code too. */
  keepOutput(sessionId: string, event: NewEvent): Promise<void> | undefined {
    this.#keeping += 1;
    const kept = this.append(sessionId, event)
      .catch(this.#onFault)
      .finally(() => {
        this.#keeping -= 1;
      });
    return this.#keeping > maxKeeping ? kept : undefined;
  }
}

import { EventType, type Event, type EventStore } from '@holdfast/event-store';
import { dependencyError } from '../queue/ending.ts';
import { TaskEventType } from './task-event.ts';
import { foldTask, hasEnded, type TaskRecord } from './task-fold.ts';
import type { TaskStatus } from './task-service.ts';

/** Which tasks there are and how they stand, folded from the log. Finding one costs the same however many there are. */
export class TaskLedger {
  readonly #records = new Map<string, TaskRecord>();
  readonly #counts: Record<TaskStatus, number> = { created: 0, queued: 0, running: 0, waiting: 0, completed: 0, failed: 0, cancelled: 0 };

  /** Folds what the whole log says of tasks. */
  static async read(events: EventStore): Promise<TaskLedger> {
    const ledger = new TaskLedger();
    const types = [...Object.values(EventType), ...Object.values(TaskEventType)];
    for await (const event of events.read({ types })) ledger.apply(event);
    return ledger;
  }

  apply(event: Event): void {
    const before = this.#records.get(event.taskId);
    const after = foldTask(before, event);
    if (!after || after === before) return;
    this.#records.set(event.taskId, after);
    if (before) this.#counts[before.view.status] -= 1;
    this.#counts[after.view.status] += 1;
  }

  find(taskId: string): TaskRecord | undefined {
    return this.#records.get(taskId);
  }

  /** Oldest first. */
  list(status?: TaskStatus): readonly TaskRecord[] {
    const all = [...this.#records.values()];
    return status === undefined ? all : all.filter(({ view }) => view.status === status);
  }

  /** Tasks without an end: they wait or run, or their server died. */
  unfinished(): readonly TaskRecord[] {
    return this.list().filter(({ view }) => !hasEnded(view.status));
  }

  /** What a task depends on that has no end itself. */
  waitsFor(taskId: string): readonly string[] {
    const record = this.#records.get(taskId);
    return record && !hasEnded(record.view.status) ? record.created.dependsOn : [];
  }

  /**
   * Which of the tasks that one depends on have to be waited for.
   *
   * @throws HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED where one of them ended and did not complete
   */
  notCompleted(taskId: string, dependsOn: readonly string[]): readonly string[] {
    const statusOf = (id: string): TaskStatus | undefined => this.#records.get(id)?.view.status;
    const failed = dependsOn.find((id) => statusOf(id) === 'failed' || statusOf(id) === 'cancelled');
    if (failed !== undefined) throw dependencyError(taskId, failed);
    return dependsOn.filter((id) => statusOf(id) !== 'completed');
  }

  counts(): Readonly<Record<TaskStatus, number>> {
    return { ...this.#counts };
  }
}

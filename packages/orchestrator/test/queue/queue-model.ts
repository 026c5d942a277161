import type { QueueTaskStatus } from '@holdfast/orchestrator';
import type { TaskPriority } from '@holdfast/protocol';

interface ModelTask {
  readonly id: string;
  readonly order: number;
  readonly priority: TaskPriority;
  readonly timeoutMs: number | undefined;
  readonly isStubborn: boolean;
}

/** What a bounded queue with priorities does, in arrays that are sorted each time: slow, and plain to see right. */
export class QueueModel {
  readonly #limits: { readonly capacity: number; readonly maxRunning: number; readonly graceMs: number };
  readonly #tasks = new Map<string, ModelTask>();
  readonly statuses = new Map<string, QueueTaskStatus>();
  queued: ModelTask[] = [];
  outside: ModelTask[] = [];
  /** Who holds a slot, and when that ends by itself: by its timeout, or by its grace. */
  readonly slots = new Map<string, number>();
  readonly started: string[] = [];
  isPaused = false;
  #now = 0;

  constructor(limits: { readonly capacity: number; readonly maxRunning: number; readonly graceMs: number }) {
    this.#limits = limits;
  }

  submit(id: string, task: Omit<ModelTask, 'id' | 'order'>): void {
    const added = { id, order: this.#tasks.size, ...task };
    this.#tasks.set(id, added);
    if (task.timeoutMs === 0) this.statuses.set(id, 'timed_out');
    else {
      this.outside.push(added);
      this.statuses.set(id, 'admitting');
      this.#admit();
    }
  }

  isActive(id: string): boolean {
    return ['admitting', 'queued', 'running'].includes(this.statuses.get(id) ?? '');
  }

  /** The work of a task ends by itself. */
  settle(id: string, status: 'completed' | 'failed'): void {
    this.slots.delete(id);
    if (this.isActive(id)) this.statuses.set(id, status);
  }

  stop(id: string, status: 'cancelled' | 'timed_out'): boolean {
    if (!this.isActive(id)) return false;
    this.statuses.set(id, status);
    this.queued = this.queued.filter((task) => task.id !== id);
    this.outside = this.outside.filter((task) => task.id !== id);
    if (this.slots.has(id)) {
      if (this.#tasks.get(id)?.isStubborn) this.slots.set(id, this.#now + this.#limits.graceMs);
      else this.slots.delete(id);
    }
    this.#admit();
    return true;
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.slots].filter(([, at]) => at <= until).toSorted((left, right) => left[1] - right[1]);
      if (!next) break;
      const [id, at] = next;
      this.#now = at;
      if (this.isActive(id)) this.stop(id, 'timed_out');
      else this.slots.delete(id);
    }
    this.#now = until;
  }

  dispatch(): void {
    while (!this.isPaused && this.slots.size < this.#limits.maxRunning) {
      const task = takeMostUrgent(this.queued);
      if (!task) return;
      this.statuses.set(task.id, 'running');
      this.started.push(task.id);
      this.slots.set(task.id, this.#now + (task.timeoutMs ?? Number.POSITIVE_INFINITY));
      this.#admit();
    }
  }

  shutDown(): void {
    for (const id of this.statuses.keys()) this.stop(id, 'cancelled');
  }

  #admit(): void {
    while (this.queued.length < this.#limits.capacity) {
      const task = takeMostUrgent(this.outside);
      if (!task) return;
      this.queued.push(task);
      this.statuses.set(task.id, 'queued');
    }
  }
}

function takeMostUrgent(tasks: ModelTask[]): ModelTask | undefined {
  tasks.sort((left, right) => left.priority - right.priority || left.order - right.order);
  return tasks.shift();
}

/**
 * Where the messages of a worker go. Each is handed to the session at once, in the order of the wire; then it is shown
 * to the interceptors, in that order within one execution. Nothing that an interceptor does can hold a message back:
 * an asynchronous one is waited for up to its budget, and while a call of it is overdue it misses what comes.
 */
import type { Message, MessageOf, MessageType } from '@holdfast/protocol';
import type { Clock } from './clock.ts';
import type { WarningLimiter } from './session-warning.ts';

/** Watches the messages of a session. It must not block, and it cannot change, delay or read anything itself. */
export type Interceptor = (message: Message, context: InterceptorContext) => void | Promise<void>;

export interface InterceptorContext {
  readonly sessionId: string;
  /** When the message came, on the clock of the session. */
  readonly receivedAt: number;
}

/** What becomes of each type of message. A type without a row is counted and reported. */
export type Routes = { readonly [Type in MessageType]?: (message: MessageOf<Type>) => void };

export interface RouterOptions {
  readonly sessionId: string;
  readonly clock: Clock;
  readonly warnings: WarningLimiter;
  readonly interceptorBudgetMs: number;
  /** How many executions may have a message before the interceptors at the same time. */
  readonly maxRoutingConcurrency: number;
}

export interface RoutingMetrics {
  readonly routed: number;
  readonly unrouted: number;
  /** Messages before the interceptors now. */
  readonly active: number;
  /** Messages that wait for their turn. */
  readonly waiting: number;
  readonly slow: number;
  readonly failed: number;
}

interface Watcher {
  readonly name: string;
  readonly intercept: Interceptor;
  overdue: number;
  skipped: number;
}

interface Received {
  readonly message: Message;
  readonly receivedAt: number;
}

export class Router {
  readonly #routes: Routes;
  readonly #options: RouterOptions;
  readonly #watchers = new Set<Watcher>();
  /** The messages of each execution that wait; an execution without any has no lane. */
  readonly #lanes = new Map<string, Received[]>();
  readonly #waitingForSlot: (() => void)[] = [];
  readonly #metrics = { routed: 0, unrouted: 0, active: 0, waiting: 0, slow: 0, failed: 0 };

  constructor(routes: Routes, options: RouterOptions) {
    this.#routes = routes;
    this.#options = options;
  }

  get metrics(): RoutingMetrics {
    return { ...this.#metrics };
  }

  /** Adds an interceptor behind the others and gives what removes it. */
  intercept(interceptor: Interceptor): () => void {
    const watcher = { name: interceptor.name || 'anonymous', intercept: interceptor, overdue: 0, skipped: 0 };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  route(message: Message): void {
    this.#deliver(message);
    if (this.#watchers.size === 0) return;
    const key = 'executionId' in message ? (message.executionId ?? '') : '';
    const received = { message, receivedAt: this.#options.clock.now() };
    const lane = this.#lanes.get(key);
    if (lane) {
      lane.push(received);
      this.#metrics.waiting += 1;
    } else {
      const opened: Received[] = [];
      this.#lanes.set(key, opened);
      void this.#drain(key, opened, received);
    }
  }

  #deliver(message: Message): void {
    // A row of the table takes the messages of its own type, which the type system cannot follow through the index.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const handle = this.#routes[message.type] as ((message: Message) => void) | undefined;
    this.#metrics[handle ? 'routed' : 'unrouted'] += 1;
    if (handle) handle(message);
    else this.#options.warnings.warn({ kind: 'unrouted-message', messageType: message.type }, message.type);
  }

  /** Shows the messages of one execution to the interceptors, one after the other; never rejects. */
  async #drain(key: string, lane: Received[], first: Received): Promise<void> {
    let received: Received | undefined = first;
    while (received) {
      if (this.#metrics.active >= this.#options.maxRoutingConcurrency) await this.#slot();
      else this.#metrics.active += 1;
      for (const watcher of this.#watchers) {
        const pending = this.#show(received, watcher);
        if (pending) await pending;
      }
      this.#freeSlot();
      received = lane.shift();
      if (received) this.#metrics.waiting -= 1;
    }
    this.#lanes.delete(key);
  }

  /** Whoever frees a slot hands it over, so the count of active ones stays. */
  async #slot(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waitingForSlot.push(resolve);
    });
  }

  #freeSlot(): void {
    const next = this.#waitingForSlot.shift();
    if (next) next();
    else this.#metrics.active -= 1;
  }

  /** Calls one interceptor; what it gives, if anything, settles when it is done or its budget is used up. */
  #show({ message, receivedAt }: Received, watcher: Watcher): Promise<void> | undefined {
    if (watcher.overdue > 0) {
      watcher.skipped += 1;
      return undefined;
    }
    const { clock, sessionId } = this.#options;
    const startedAt = clock.now();
    try {
      const pending = watcher.intercept(message, { sessionId, receivedAt });
      if (pending) return this.#withinBudget(pending, watcher, message.type, startedAt);
    } catch (error) {
      this.#reportFailure(watcher, message.type, error);
    }
    if (clock.now() - startedAt > this.#options.interceptorBudgetMs) {
      this.#metrics.slow += 1;
      this.#warnSlow(watcher, message.type, startedAt);
    }
    return undefined;
  }

  async #withinBudget(pending: Promise<void>, watcher: Watcher, messageType: MessageType, startedAt: number): Promise<void> {
    const { clock, interceptorBudgetMs } = this.#options;
    const { promise: waited, resolve: goOn } = Promise.withResolvers<void>();
    let skippedBefore: number | undefined;
    const stopWaiting = clock.schedule(() => {
      skippedBefore = watcher.skipped;
      watcher.overdue += 1;
      this.#metrics.slow += 1;
      this.#warnSlow(watcher, messageType, startedAt);
      goOn();
    }, interceptorBudgetMs);
    const end = (): void => {
      stopWaiting();
      if (skippedBefore === undefined) return goOn();
      watcher.overdue -= 1;
      if (watcher.skipped > skippedBefore) this.#warnSlow(watcher, messageType, startedAt, 'caught up');
    };
    pending.then(end, (error: unknown) => {
      this.#reportFailure(watcher, messageType, error);
      end();
    });
    await waited;
  }

  #warnSlow({ name, skipped }: Watcher, messageType: MessageType, startedAt: number, moment = ''): void {
    const { clock, interceptorBudgetMs: budgetMs, warnings } = this.#options;
    const durationMs = clock.now() - startedAt;
    warnings.warn({ kind: 'slow-interceptor', interceptor: name, messageType, durationMs, budgetMs, skippedMessages: skipped }, `${name} ${moment}`);
  }

  #reportFailure({ name }: Watcher, messageType: MessageType, error: unknown): void {
    this.#metrics.failed += 1;
    this.#options.warnings.warn({ kind: 'failed-interceptor', interceptor: name, messageType, error }, name);
  }
}

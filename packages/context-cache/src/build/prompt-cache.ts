/** System prompts by event type, each made once. Whoever asks meanwhile waits for the same one. */
export type PromptGenerator = (eventType: string) => Promise<string>;

export interface PromptCacheOptions {
  /** Makes the prompt of an event type. @default defaultPrompt */
  readonly generate?: PromptGenerator;
  /** How often a failed generation is tried again, before the default prompt is given. @default 1 */
  readonly maxRetries?: number;
  /** How many prompts are kept; those that were made first go first. @default no limit */
  readonly maxEntries?: number;
  readonly onWarning?: (warning: string) => void;
}

const prompts: Readonly<Record<string, string>> = {
  TASK_STARTED: 'You plan a coding task: name the modules, what each does, and what depends on what.',
  MODULE_ITERATION: 'You write one module. Keep its interface, and change only what the task asks for.',
  CODE_GENERATED: 'You review code that was just written, against the requirements and the tests.',
  TEST_FAILED: 'You mend a module whose test failed. Find the cause first; change as little as mends it.',
  BUG_REPORT_RECEIVED: 'You mend a reported bug. Say what causes it, then correct it in the current version of the code.',
};

/** The prompt that needs no model; a general one for types that it does not know. */
export function defaultPrompt(eventType: string): string {
  const known = Object.hasOwn(prompts, eventType) ? prompts[eventType] : undefined;
  return known ?? 'You write and correct code in small steps. Use what the context says, and say what is missing from it.';
}

export class PromptCache {
  readonly #options: PromptCacheOptions;
  readonly #prompts = new Map<string, Promise<string>>();

  constructor(options: PromptCacheOptions = {}) {
    this.#options = options;
  }

  get size(): number {
    return this.#prompts.size;
  }

  /**
   * The prompt for events of this type. A failed generation gives the default prompt, and is not kept. The signal ends the
   * waiting of this caller, not the generation that others wait for too.
   */
  async get(eventType: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<string> {
    signal?.throwIfAborted();
    const making = this.#prompts.get(eventType) ?? this.#start(eventType);
    if (!signal) return making;
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    return Promise.race([making, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
  }

  /** Makes the prompts of these types before they are asked for. */
  async warm(eventTypes: readonly string[]): Promise<void> {
    await Promise.all(eventTypes.map(async (eventType) => this.get(eventType)));
  }

  /** Empties the cache; what is being made now is given to whoever waits for it, and not kept. */
  clear(): void {
    this.#prompts.clear();
  }

  async #start(eventType: string): Promise<string> {
    const { maxEntries = Number.POSITIVE_INFINITY } = this.#options;
    const making: Promise<string> = this.#generate(eventType).then((prompt) => {
      if (prompt === undefined && this.#prompts.get(eventType) === making) this.#prompts.delete(eventType);
      return prompt ?? defaultPrompt(eventType);
    });
    this.#prompts.set(eventType, making);
    for (const oldest of this.#prompts.keys()) if (this.#prompts.size > maxEntries) this.#prompts.delete(oldest);
    return making;
  }

  /** Undefined where every attempt failed. */
  async #generate(eventType: string): Promise<string | undefined> {
    const { generate = async (type) => defaultPrompt(type), maxRetries = 1, onWarning } = this.#options;
    for (let attempt = 0; attempt <= maxRetries; attempt += 1) {
      try {
        return await generate(eventType);
      } catch (error) {
        onWarning?.(`No prompt for "${eventType}": ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return undefined;
  }
}

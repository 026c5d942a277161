import type { CallContext, Coder, GeneratedModule, GenerateRequest, ModulePlan, TestReport, TestRunner } from '@holdfast/orchestrator';

/** A coder and a test runner that do what a test tells them, with gates at which a test can hold them. */
export class Script implements Coder, TestRunner {
  readonly name = 'script';
  readonly isRecorded = false;
  readonly contextTokens = 8192;
  /** Every call of a port, in order. */
  readonly calls: string[] = [];
  readonly contexts: string[] = [];
  planned: ModulePlan = { summary: 'One module', modules: [{ name: 'rope', purpose: 'ties things', dependencies: [] }] };
  /** How many first versions of each module fail their tests. */
  faulty = 0;
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();
  readonly #reached = new Map<string, PromiseWithResolvers<void>>();

  /** The call of this name waits until the gate is opened; resolves when it is reached. */
  hold(call: string): { readonly reached: Promise<void>; readonly open: () => void } {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    this.#gates.set(call, gate);
    this.#reached.set(call, reached);
    return { reached: reached.promise, open: gate.resolve };
  }

  async check(): Promise<void> {
    return undefined;
  }

  async plan({ context }: { readonly context: string }, call: CallContext): Promise<ModulePlan> {
    this.contexts.push(context);
    await this.#enter('plan', call.signal);
    return this.planned;
  }

  async generate({ module: { name }, iteration, context, correction }: GenerateRequest, call: CallContext): Promise<GeneratedModule> {
    this.contexts.push(context);
    await call.onModelCall({ purpose: correction ? 'correct' : 'generate', model: 'script', inputTokens: 100, outputTokens: 10, durationMs: 1, costUsd: 0.5, error: null });
    await this.#enter(`generate ${name} ${iteration}`, call.signal);
    const note = correction ? `// ${correction.problems.join('; ')}` : '';
    return { name, code: `${note}export const version = ${iteration};`, tests: `// ${iteration <= this.faulty ? 'fails' : 'passes'}` };
  }

  folderOf(): string | null {
    return null;
  }

  async run({ modules }: { readonly modules: readonly GeneratedModule[] }, { signal }: { readonly signal: AbortSignal }): Promise<TestReport> {
    const tested = modules.at(-1);
    await this.#enter(`test ${tested?.name}`, signal);
    const fails = tested?.tests.includes('fails') ?? false;
    return { passed: 1, failed: fails ? 1 : 0, failures: fails ? [{ test: 'holds', message: 'it broke' }] : [], durationMs: 1 };
  }

  async #enter(call: string, signal: AbortSignal): Promise<void> {
    this.calls.push(call);
    this.#reached.get(call)?.resolve();
    const gate = this.#gates.get(call);
    if (!gate) return;
    this.#gates.delete(call);
    await Promise.race([gate.promise, new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))]);
  }
}

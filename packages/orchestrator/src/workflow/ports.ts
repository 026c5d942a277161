/** What the coding workflow asks of others. Each is a port: a model, a person or a recording may stand behind it. */
import type { JsonValue } from '@holdfast/protocol';
import type { ModulePlan, ModuleSpec } from './module-plan.ts';

/** What every call of a port is given. */
export interface CallContext {
  readonly taskId: string;
  readonly signal: AbortSignal;
  /** Told of each call of a model, also of one that failed. */
  readonly onModelCall: (call: ModelCall) => Promise<void>;
}

/** What one call of a model used. */
export interface ModelCall {
  readonly purpose: 'plan' | 'generate' | 'correct' | 'repair';
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly durationMs: number;
  /** Null where nobody said what the model costs. */
  readonly costUsd: number | null;
  /** Why it failed; null when it did not. */
  readonly error: string | null;
}

export interface PlanRequest {
  readonly prompt: string;
  readonly answers: readonly JsonValue[];
  /** What the model is told, within its limits. */
  readonly context: string;
}

/** Cuts a task into modules. */
export interface Planner {
  plan(request: PlanRequest, call: CallContext): Promise<ModulePlan>;
}

export interface GenerateRequest {
  readonly prompt: string;
  readonly module: ModuleSpec;
  /** The modules it imports, as they are now. */
  readonly dependencies: readonly GeneratedModule[];
  /** What the model is told, within its limits. */
  readonly context: string;
  /** From 1. */
  readonly iteration: number;
  /** The code that was not right, and what is wrong with it; undefined for the first time. */
  readonly correction?: { readonly previous: GeneratedModule; readonly problems: readonly string[] };
}

/** A module with its tests, written for Node's test runner. */
export interface GeneratedModule {
  readonly name: string;
  readonly code: string;
  readonly tests: string;
}

/** Writes modules, and corrects them. */
export interface Generator {
  generate(request: GenerateRequest, call: CallContext): Promise<GeneratedModule>;
}

/** What writes code: a planner and a generator that belong together. */
export interface Coder extends Planner, Generator {
  /** Such as `ollama:qwen3:8b`. */
  readonly name: string;
  /** True where answers are played back that were recorded earlier. */
  readonly isRecorded: boolean;
  /** How much of a context it takes in, in tokens. */
  readonly contextTokens: number;
  /** Why it cannot do what a prompt asks; undefined when it can. */
  readonly refuse?: (prompt: string) => string | undefined;
  /** Rejects, saying why, where the backend is not there. */
  check(options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface TestRequest {
  readonly taskId: string;
  /** Everything that is written so far; the last one is tested. */
  readonly modules: readonly GeneratedModule[];
}

export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /** What went wrong, one entry for each test that failed; also what kept the tests from running. */
  readonly failures: readonly { readonly test: string; readonly message: string }[];
  readonly durationMs: number;
}

/** Runs tests where they can do no harm. */
export interface TestRunner {
  /** Where the files of a task stand; null where there is no folder. */
  folderOf(taskId: string): string | null;
  run(request: TestRequest, call: { readonly signal: AbortSignal }): Promise<TestReport>;
}

export interface ReviewRequest {
  readonly taskId: string;
  readonly prompt: string;
  readonly summary: string;
  readonly modules: readonly GeneratedModule[];
  readonly approval: 'always' | 'never';
}

/** Looks at what was made. `ask` puts the question to a person. */
export interface Reviewer {
  review(request: ReviewRequest, call: { readonly signal: AbortSignal }): Promise<Review>;
}

export type Review = { readonly decision: 'approve' } | { readonly decision: 'ask'; readonly question: string } | { readonly decision: 'reject'; readonly reason: string };

/** Approves by itself, or asks a person where the task says so. */
export const reviewByApproval: Reviewer = {
  review: async ({ approval, modules }) =>
    approval === 'never'
      ? { decision: 'approve' }
      : { decision: 'ask', question: `The tests of ${modules.map(({ name }) => name).join(', ')} pass. Is the task done?` },
};

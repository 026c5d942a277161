import type { ExecutionResult } from '../session/execution-result.ts';
import type { ExecuteOptions, SessionOptions } from '../session/session-options.ts';
import { createSession, type Session } from '../session/session.ts';

export interface TestExecutorOptions extends SessionOptions {
  /** The id that every execution has, unless it says otherwise. @default 'test-exec' */
  readonly executionId?: string;
}

export interface TestExecutor extends AsyncDisposable {
  readonly session: Session;
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult>;
}

/** Opens a session of its own whose executions have an id that a test knows. */
export async function openTestExecutor({ executionId = 'test-exec', ...options }: TestExecutorOptions = {}): Promise<TestExecutor> {
  const session = await createSession(options);
  return {
    session,
    execute: async (code, executeOptions) => session.execute(code, { executionId, ...executeOptions }),
    [Symbol.asyncDispose]: async () => session.close(),
  };
}

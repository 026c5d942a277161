import type { ExecuteOptions, ExecutionResult, Session } from '@holdfast/executor';

/** Starts a cell and waits until it wrote `here`. The result comes later, so it is handed back inside an object. */
export async function runUntilHere(session: Session, code: string, options: ExecuteOptions = {}): Promise<{ readonly result: Promise<ExecutionResult> }> {
  const here = Promise.withResolvers<void>();
  const result = session.execute(code, {
    ...options,
    onOutput: ({ text }) => {
      if (text.includes('here')) here.resolve();
    },
  });
  await Promise.race([here.promise, result]);
  return { result };
}

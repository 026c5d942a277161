import { orchestratorError } from '../errors.ts';

/** @throws HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY where what a task depends on waits, over others, for the task itself */
export function assertNoCircle(taskId: string, dependsOn: Iterable<string>, waitsFor: (id: string) => Iterable<string>): void {
  const circle = findPath(taskId, dependsOn, waitsFor, new Set());
  if (!circle) return;
  const path = [taskId, ...circle];
  throw orchestratorError('HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY', `Cannot submit task "${taskId}": it depends on itself through ${path.join(' → ')}`, {
    data: { taskId, path },
  });
}

/** How one leads to `target` by what it waits for; depth first, each task once. */
function findPath(target: string, from: Iterable<string>, waitsFor: (id: string) => Iterable<string>, seen: Set<string>): string[] | undefined {
  for (const id of from) {
    if (id === target) return [id];
    if (seen.has(id)) continue;
    seen.add(id);
    const rest = findPath(target, waitsFor(id), waitsFor, seen);
    if (rest) return [id, ...rest];
  }
  return undefined;
}

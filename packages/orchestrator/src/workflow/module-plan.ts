import { z } from 'zod';
import { orchestratorError } from '../errors.ts';

/** A module that is to be written. Its code stands in `<name>.ts`, its tests in `<name>.test.ts`. */
export interface ModuleSpec {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** What it does and what it exports. */
  readonly purpose: string;
  /** Names of modules that it imports. */
  readonly dependencies: readonly string[];
}

export interface ModulePlan {
  readonly summary: string;
  readonly modules: readonly ModuleSpec[];
}

export const moduleName = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u, { message: 'expected lower-case words joined by hyphens, such as "parse-date"' })
  .max(60);

export const modulePlanSchema = z.object({
  summary: z.string().trim().min(1),
  modules: z
    .array(z.object({ name: moduleName, purpose: z.string().trim().min(1), dependencies: z.array(moduleName).default([]) }))
    .min(1)
    .max(20),
});

/**
 * Checks a plan, and puts its modules in an order in which each comes after those it imports.
 *
 * @throws HOLDFAST_ORCHESTRATOR_INVALID_PLAN for a name twice, a dependency that is no module, or a circle
 */
export function parsePlan(value: unknown): ModulePlan {
  const parsed = modulePlanSchema.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '), parsed.error);
  const { summary, modules } = parsed.data;
  const byName = new Map(modules.map((module) => [module.name, module]));
  if (byName.size < modules.length) throw invalid('two modules have the same name');
  const ordered: ModuleSpec[] = [];
  for (const module of modules) place(module, byName, ordered, []);
  return { summary, modules: ordered };
}

/** Depth first: a module is placed after everything it imports. */
function place(module: ModuleSpec, byName: ReadonlyMap<string, ModuleSpec>, ordered: ModuleSpec[], path: readonly string[]): void {
  if (ordered.includes(module)) return;
  if (path.includes(module.name)) throw invalid(`modules import each other in a circle: ${[...path, module.name].join(' → ')}`);
  for (const name of module.dependencies) {
    const dependency = byName.get(name);
    if (!dependency) throw invalid(`module "${module.name}" imports "${name}", which is not in the plan`);
    place(dependency, byName, ordered, [...path, module.name]);
  }
  ordered.push(module);
}

function invalid(problem: string, cause?: unknown): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_INVALID_PLAN', `Cannot follow the plan: ${problem}`, { ...(cause !== undefined && { cause }), data: { problem } });
}

import type { CodeProject } from '@holdfast/context-cache/extract';
import { contextFromEvents, type ContextProvider } from './model-context.ts';

/** How much of the budget the code of the project may take; what happened in the task has the rest. */
const codeShare = 0.6;

/**
 * For tasks about a project that exists: the definitions of its code that matter most for the module, or for the plan, and
 * then what happened in the task.
 *
 * @param events says what happened @default contextFromEvents
 */
export function contextFromProject(project: Pick<CodeProject, 'context'>, events: ContextProvider = contextFromEvents): ContextProvider {
  return async (request) => {
    const { prompt, module, budgetTokens } = request;
    const query = module ? `${module.name.replaceAll('-', ' ')} ${module.purpose}` : prompt;
    const code = await project.context({ targets: module ? [module.name, ...module.dependencies] : [], query, budgetTokens: Math.floor(budgetTokens * codeShare) });
    const told = await events({ ...request, budgetTokens: budgetTokens - code.tokens - titleTokens });
    return { text: code.text === '' ? told.text : `${told.text}\n\n${title}\n${code.text}` };
  };
}

const title = '## Code of the project';
/** More than the title and the empty lines take. */
const titleTokens = 16;

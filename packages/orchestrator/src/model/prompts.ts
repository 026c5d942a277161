/** What a model is asked, and what it has to answer with. */
import { z } from 'zod';
import { moduleName, modulePlanSchema } from '../workflow/module-plan.ts';
import type { GenerateRequest, PlanRequest } from '../workflow/ports.ts';

/** Strict APIs refuse a schema in which something may be left out. */
export const planSchema = modulePlanSchema.extend({
  modules: z.array(z.object({ name: moduleName, purpose: z.string().trim().min(1), dependencies: z.array(moduleName) })).min(1).max(20),
});

export const moduleSchema = z.object({
  code: z.string().trim().min(1).transform(withoutFence),
  tests: z.string().trim().min(1).transform(withoutFence),
});

const house = `You write TypeScript that Node.js runs directly: ES modules, no enums, no namespaces, no parameter properties, imports with the .ts extension, nothing but Node's own packages.`;

export const planInstructions = `${house}
Cut the task into as few small modules as it needs. A module has a name in lower-case words joined by hyphens, says what it exports and does, and lists the modules it imports. Nothing imports in a circle.`;

export const moduleInstructions = `${house}
Write one module and its tests. The code stands in NAME.ts, the tests in NAME.test.ts; they import the module as './NAME.ts' and use node:test and node:assert/strict. Write tests that would fail if the code were wrong.`;

export function planPrompt({ prompt, answers, context }: PlanRequest): string {
  return sections({ 'What is known': context, Answers: answers.map((answer) => `- ${JSON.stringify(answer)}`).join('\n'), Task: prompt });
}

export function modulePrompt({ prompt, module, dependencies, context, correction }: GenerateRequest): string {
  return sections({
    'What is known': context,
    Task: prompt,
    ...Object.fromEntries(dependencies.map(({ name, code }) => [`Module ${name}.ts`, code])),
    ...(correction && {
      [`${module.name}.ts as it is`]: correction.previous.code,
      [`${module.name}.test.ts as it is`]: correction.previous.tests,
      'What is wrong': correction.problems.map((problem) => `- ${problem}`).join('\n'),
    }),
    [correction ? 'Correct the module' : 'Write the module']: `${module.name}: ${module.purpose}`,
  });
}

function sections(parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts)
    .filter(([, text]) => text !== '')
    .map(([title, text]) => `## ${title}\n${text}`)
    .join('\n\n');
}

/** Models like to wrap code in a fence although nobody asked for one. */
function withoutFence(text: string): string {
  const fenced = /^```[a-z]*\n([\s\S]*?)\n?```$/iu.exec(text);
  return `${(fenced?.[1] ?? text).trimEnd()}\n`;
}

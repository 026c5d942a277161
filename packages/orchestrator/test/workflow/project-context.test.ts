import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estimateTokens } from '@holdfast/context-cache';
import { openCodeProject } from '@holdfast/context-cache/extract';
import { contextFromProject, createLocalContext, runCodingWorkflow } from '@holdfast/orchestrator';
import { expect, onTestFinished, test } from 'vitest';
import { Script } from '../task/script.ts';

test('WF-15 CTX-95 a task in a project is told the code that matters for the module and what happened, within its budget', async () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-project-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src/rope.ts'), 'export interface Strand { readonly fibres: number }\nexport function twist(strand: Strand): number { return strand.fibres * 2; }\n');
  for (let index = 0; index < 200; index += 1) writeFileSync(join(root, `src/other-${index}.ts`), `export function other${index}(): string { return '${'x'.repeat(200)}'; }\n`);
  const project = await openCodeProject({ root });
  const script = new Script();
  script.planned = { summary: 'Knots', modules: [{ name: 'knot', purpose: 'twist a strand into a knot', dependencies: [] }] };
  const budgets: number[] = [];
  const context = contextFromProject(project);

  await runCodingWorkflow(createLocalContext({ signal: new AbortController().signal }), { taskId: 'knot', prompt: 'Tie a knot from strands' }, {
    coder: script,
    testRunner: script,
    context: async (request) => {
      budgets.push(request.budgetTokens);
      return context(request);
    },
  });

  const [plan, generate] = script.contexts;
  expect(plan).toContain('Tie a knot from strands');
  expect(generate).toContain('Module knot: twist a strand into a knot');
  expect(generate).toContain('function twist(strand: Strand)');
  for (const [index, text] of script.contexts.entries()) expect(estimateTokens(text)).toBeLessThanOrEqual(budgets[index] ?? 0);
});

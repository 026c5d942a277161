import { orchestratorError } from '../../errors.ts';
import type { Coder } from '../../workflow/ports.ts';
import { recordedModules, recordedPlan } from './recording.ts';

/**
 * Plays back the recorded answers of one task: a plan, a first version with a fault, its correction. It needs no model
 * and no key, and says of itself that it is recorded.
 */
export function createDemoCoder(): Coder {
  return {
    name: 'demo (recorded)',
    isRecorded: true,
    contextTokens: 8192,
    refuse: (prompt) => (/^\s*demo\b/iu.test(prompt) ? undefined : 'the demo model only plays back one recorded task: begin the prompt with "demo", or configure a model'),
    check: async () => undefined,
    plan: async () => recordedPlan,
    generate: async ({ module: { name }, iteration }) => {
      const versions = recordedModules[name] ?? [];
      const version = versions[Math.min(iteration, versions.length) - 1];
      if (!version) throw orchestratorError('HOLDFAST_ORCHESTRATOR_MODEL_FAILED', `Cannot write module "${name}": the recording has none of this name`);
      return { name, ...version };
    },
  };
}

import { mergeConfig } from 'vitest/config';
import { project } from '../../vitest.base.ts';

// Most of these tests wait for processes, so a second file may run meanwhile also where there are two cores only.
export default mergeConfig(project('reference-server'), { test: { maxWorkers: 2 } });

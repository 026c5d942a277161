import { library, standalone } from '../../tsup.base.ts';

export default [library(['src/index.ts', 'src/session/index.ts', 'src/testing/index.ts'], ['worker']), standalone(['src/worker/main.ts'], 'dist/worker')];

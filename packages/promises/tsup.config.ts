import { library } from '../../tsup.base.ts';

export default library(['src/index.ts', 'src/sqlite.ts', 'src/durable.ts', 'src/capabilities.ts', 'src/testing/index.ts']);

import { library } from '../../tsup.base.ts';

export default library(['src/index.ts', 'src/error/index.ts', 'src/api/index.ts', 'src/node.ts', 'src/testing/index.ts']);

import { library } from '../../tsup.base.ts';

export default library(['src/index.ts', 'src/sqlite.ts', 'src/file.ts', 'src/postgres.ts', 'src/testing/index.ts']);

// Preloaded by the root script `holdfast`. npm runs a script in the folder of its package.json and leaves the
// folder of the caller in INIT_CWD; relative paths on the command line count from there.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

// The sources are many: what Node made of them is kept for the next start.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/node-compile'));

const { INIT_CWD: callerDirectory } = process.env;
if (callerDirectory) process.chdir(callerDirectory);

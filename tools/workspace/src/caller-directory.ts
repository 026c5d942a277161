// Preloaded by the root script `holdfast`. npm runs a script in the folder of its package.json and leaves the
// folder of the caller in INIT_CWD; relative paths on the command line count from there.
import process from 'node:process';

const { INIT_CWD: callerDirectory } = process.env;
if (callerDirectory) process.chdir(callerDirectory);

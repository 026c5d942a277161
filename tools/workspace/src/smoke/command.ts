import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/** A command that ended with a failure, with all that it printed. */
export class CommandError extends Error {
  readonly output: string;

  constructor(command: string, output: string) {
    super(`Command failed: ${command}`);
    this.name = 'CommandError';
    this.output = output;
  }
}

/** Runs a command with the Node that runs this script first on its PATH, and returns what it printed on stdout. */
export async function run(directory: string, command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: directory, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error) reject(new CommandError([command, ...args].join(' '), `${stdout}${stderr}` || error.message));
      else resolve(stdout);
    });
  });
}

#!/usr/bin/env node
/**
 * The command line `holdfast`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createProgram, usageErrorOf } from './cli.ts';
import { exitCodeOf, reportError } from './terminal/report-error.ts';

const manifest = z.object({ version: z.string() });
const { version } = manifest.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
const program = createProgram(version, async (code) => {
  process.exitCode = await code;
});

// A reader such as `head` may leave when it has enough; that is no failure.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  // A person is shown what there is; a program that starts it is an MCP client.
  if (process.argv.length <= 2 && process.stdin.isTTY) program.help();
  await program.parseAsync(process.argv.length <= 2 ? ['mcp'] : process.argv.slice(2), { from: 'user' });
} catch (error) {
  const reported = usageErrorOf(error);
  if (reported) {
    reportError(reported);
    process.exitCode = exitCodeOf(reported);
  }
}

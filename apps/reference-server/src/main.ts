#!/usr/bin/env node
/**
 * The command line `holdfast`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { createProgram } from './cli.ts';

// Nothing that takes time to load stands here, so that help and the version come at once.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the manifest of this very package
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };
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
  // Help and the version end this way too.
  if (!(error instanceof CommanderError && error.exitCode === 0)) await report(error);
}

async function report(thrown: unknown): Promise<void> {
  const [{ usageErrorOf }, { exitCodeOf, reportError }] = await Promise.all([import('./usage-error.ts'), import('./terminal/report-error.ts')]);
  const reported = usageErrorOf(thrown);
  reportError(reported);
  process.exitCode = exitCodeOf(reported);
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdfast } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

test.each([
  ['an unknown flag', ['exec', '--jsn'], 2, 'HOLDFAST_CLI_USAGE', 'Did you mean --json?'],
  ['an unknown command', ['srve'], 2, 'HOLDFAST_CLI_USAGE', 'Did you mean serve?'],
  ['help for an unknown command', ['help', 'bogus'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast --help'],
  ['a group without its command', ['context'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast --help'],
  ['an unknown command for sessions', ['sessions', 'bogus'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast sessions --help'],
  ['an unknown command for promises', ['promises', 'bogus'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast promises --help'],
  ['an unknown command for tasks', ['tasks', 'bogus'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast tasks --help'],
  ['an unknown command for mcp', ['mcp', 'bogus'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast mcp --help'],
  ['a flag without its value', ['serve', '--port'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast --help'],
  ['a time that is none', ['exec', '--timeout', 'soon'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast --help'],
  ['an unknown language', ['exec', '--language', 'cobol'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast --help'],
  ['one argument too many', ['exec', 'a.ts', 'b.ts'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast --help'],
  ['a missing file', ['exec', 'none.ts'], 2, 'HOLDFAST_CLI_CANNOT_READ', 'Check the path; it counts from the working directory'],
  ['a folder for a file', ['exec', '.'], 2, 'HOLDFAST_CLI_CANNOT_READ', 'Check the path; it counts from the working directory'],
  ['a port that is none', ['serve', '--port', '70000'], 2, 'HOLDFAST_CLI_CONFIGURATION', 'See holdfast serve --help for the settings there are'],
  ['a token that no header can carry', ['serve', '--token', 'two words'], 2, 'HOLDFAST_CLI_CONFIGURATION', 'See holdfast serve --help for the settings there are'],
  ['a token and none', ['serve', '--token', 'some-token', '--no-token'], 2, 'HOLDFAST_CLI_USAGE', 'See holdfast --help'],
  ['SRV-73 an open address without a token', ['serve', '--host', '0.0.0.0', '--no-token'], 1, 'HOLDFAST_SERVER_TOKEN_REQUIRED', 'Set a token with --token, or listen on 127.0.0.1'],
  ['a folder that cannot be written', ['serve', '--data', 'a-file/data'], 1, 'HOLDFAST_CLI_DATA_FOLDER', 'Choose another folder with --data, or give this user the right to write there'],
  ['a session without a server', ['exec', '--session', 'x', 'a-file'], 1, 'HOLDFAST_CLI_NO_SERVER', 'Start it with holdfast serve, or name its folder with --data'],
])('%s: one line with a code, and a hint', async (_what, args, exitCode, errorCode, hint) => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'a-file'), '');

  const { code, stdout, stderr } = await holdfast(args, { cwd });

  expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  const [line, next, ...rest] = stderr.split('\n');
  expect(line).not.toContain('outputHelp');
  expect(line).toMatch(new RegExp(`^holdfast: Cannot .+ \\(${errorCode}\\)$`, 'u'));
  expect([next, ...rest]).toEqual([`hint: ${hint}`, '']);
});

test.each([
  ['of the environment', { HOLDFAST_PROT: '1' }, '{}', 'Did you mean "HOLDFAST_PORT"?'],
  ['of the file', {}, '{"maxSesions":1}', 'Did you mean "maxSessions"?'],
  ['without a value', { HOLDFAST_PORT: '' }, '{}', 'See holdfast serve --help for the settings there are'],
  ['in a file that is no JSON', {}, '{"port":', 'See holdfast serve --help for the settings there are'],
  ['in a file that is no object', {}, '[]', 'See holdfast serve --help for the settings there are'],
])('a bad setting %s: exit code 2 and a hint', async (_where, env, file, hint) => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'holdfast.config.json'), file);

  const { code, stderr } = await holdfast(['serve'], { cwd, env });

  expect(code).toBe(2);
  expect(stderr).toMatch(/^holdfast: Cannot [^\n]+ \(HOLDFAST_CLI_CONFIGURATION\)\nhint: [^\n]+\n$/u);
  expect(stderr).toContain(`hint: ${hint}\n`);
});

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { environmentName, settings } from './config.ts';
import { cliError } from './errors.ts';
import { mcpClients, type McpClient } from './mcp/client-configuration.ts';

/** What a command gives back is the exit code of the process. */
type Run = (code: Promise<number>) => Promise<void>;

/** The command line. Each command loads its code when it runs, so that `--help` stays quick. */
export function createProgram(version: string, run: Run): Command {
  const program = new Command('holdfast')
    .description('A durable place for model-written code: sessions that keep their variables, can be stopped, and survive a crash.')
    .version(version)
    .showHelpAfterError(false)
    .configureOutput({ writeErr: () => undefined });

  const serve = program
    .command('serve')
    .description('Start the server in the foreground: REST and WebSocket on one port')
    .option('--no-token', 'Let every program of this machine in; only on a loopback address')
    .option('--mcp-http', 'Serve MCP alone, without REST and WebSocket', false)
    .action(async ({ token: _lastOfBoth, mcpHttp, ...flags }: { token?: string | false; mcpHttp: boolean }) => {
      const { serve: start } = await import('./commands/serve.ts');
      await run(start({ ...flags, token, withoutToken, mcpOnly: mcpHttp }));
    });
  // Commander lets the last of --token and --no-token win; whoever says both is to be told instead.
  let token: string | undefined;
  let withoutToken = false;
  serve.on('option:token', (given: string) => void (token = given));
  serve.on('option:no-token', () => void (withoutToken = true));
  for (const [name, schema] of Object.entries(settings)) serve.addOption(settingOption(name, schema));
  serve.addHelpText('after', '\nA flag goes before the environment, which goes before holdfast.config.json in the working directory.');

  program
    .command('exec')
    .description('Run a file, or standard input, in a session')
    .argument('[file]', 'The program; - or nothing for standard input')
    .addOption(new Option('--language <name>', 'What it is written in').choices(['typescript', 'javascript']))
    .option('--session <id>', 'A session of the running server, whose variables it shares')
    .option('--json', 'Print the result as one JSON object and nothing else', false)
    .option('--timeout <ms>', 'Stop it after this many milliseconds; exit code 124', milliseconds)
    .option('--data <folder>', 'Data folder of the server to run it on, if one runs')
    .action(async (file: string | undefined, flags: { json: boolean }) => {
      const { exec } = await import('./commands/exec.ts');
      await run(exec(file, flags));
    });
  program
    .command('repl')
    .description('A prompt with history, multi-line input and completion; Ctrl-C stops a cell and keeps its variables')
    .option('--session <id>', 'A session of the running server, whose variables it shares')
    .option('--data <folder>', 'Data folder of the server to use, if one runs')
    .action(async (flags: { session?: string; data?: string }) => {
      const { repl } = await import('./commands/repl.ts');
      await run(repl(flags));
    });
  program
    .command('sessions')
    .description('List the sessions of the running server')
    .option('--json', 'Print them as one JSON object', false)
    .option('--data <folder>', 'Data folder of the server')
    .action(async (flags: { json: boolean }) => {
      const { listSessions } = await import('./commands/sessions.ts');
      await run(listSessions(flags));
    });

  const mcp = program
    .command('mcp')
    .description('MCP over standard input and output; also what holdfast does alone when a program starts it')
    .option('--data <folder>', 'Data folder whose state it uses, with its server or as one')
    .action(async (flags: { data?: string }) => {
      const { mcp: serveMcp } = await import('./commands/mcp.ts');
      await run(serveMcp(flags));
    });
  mcp
    .command('install')
    .description('Print the exact configuration of an MCP client, or of each that is known; writes nothing')
    .addArgument(new Argument('[client]', 'Which').choices(mcpClients))
    .option('--http', 'Connect to the running server by its address instead of starting a program', false)
    .option('--data <folder>', 'Data folder')
    .action(async (client: McpClient | undefined, flags: { http: boolean; data?: string }) => {
      const { mcpInstall } = await import('./commands/mcp-install.ts');
      const { data } = mcp.opts<{ data?: string }>();
      await run(mcpInstall({ ...(data !== undefined && { data }), ...flags, ...(client && { client }) }));
    });

  program
    .command('doctor')
    .description('Check whether Holdfast can run here, and say how to mend what is wrong')
    .option('--json', 'Print the checks as one JSON object', false)
    .addOption(settingOption('data', settings.data))
    .addOption(settingOption('host', settings.host))
    .addOption(settingOption('port', settings.port))
    .action(async (flags: { json: boolean }) => {
      const { doctor } = await import('./commands/doctor.ts');
      await run(doctor(flags));
    });
  for (const command of [program, ...program.commands, ...mcp.commands]) command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program;
}

/** Commander's own complaints in our terms; undefined where it only showed help or the version. */
export function usageErrorOf(error: unknown): Error | undefined {
  if (!(error instanceof CommanderError)) return error instanceof Error ? error : new Error(String(error));
  if (error.exitCode === 0) return undefined;
  const [message = '', hint] = error.message.replace(/^error: /u, '').split('\n');
  return cliError('HOLDFAST_CLI_USAGE', `Cannot run: ${message}`, { cause: error, ...(hint !== undefined && { hint: hint.replaceAll(/[()]/gu, '') }) });
}

function settingOption(name: string, schema: (typeof settings)[keyof typeof settings]): Option {
  const flag = name.replaceAll(/[A-Z]/gu, '-$&').toLowerCase();
  const { success, data } = schema.safeParse(undefined);
  const fallback = success && data !== undefined && String(data) !== '' ? ` (default ${String(data)})` : '';
  return new Option(`--${flag} <value>`, `${schema.description ?? ''}${fallback} [${environmentName(name)}]`);
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new InvalidArgumentError('It must be a whole number of milliseconds.');
}

import { Argument, Command, type CommandOptions, InvalidArgumentError, Option } from 'commander';
import { addEventsCommand } from './cli-events.ts';
import type { ContextFlags } from './commands/context.ts';
import type { OpenFlags } from './commands/open.ts';
import type { PromiseFlags } from './commands/promises.ts';
import type * as SessionCommands from './commands/sessions.ts';
import type { SessionFlags } from './commands/sessions.ts';
import type { RunTaskFlags, WatchTaskFlags } from './commands/tasks.ts';
import type { TaskFlags } from './tasks/task-host.ts';
import { mcpClients, type McpClient } from './mcp/client-configuration.ts';
import { environmentName, settingTexts, type SettingName, type SettingText } from './setting-texts.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of our own table
const settingNames = Object.keys(settingTexts) as SettingName[];

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
  for (const name of settingNames) serve.addOption(settingOption(name));
  serve.addHelpText('after', '\nA flag goes before the environment, which goes before holdfast.config.json in the working directory.');

  program
    .command('exec')
    .description('Run a file, or standard input, in a session')
    .argument('[file]', 'The program; - or nothing for standard input')
    .addOption(new Option('--language <name>', 'What it is written in').choices(['typescript', 'javascript']))
    .option('--session <id>', 'A session of the running server, whose variables it shares')
    .option('--json', 'Print the result as one JSON object and nothing else', false)
    .option('--timeout <ms>', 'Stop it after this many milliseconds; exit code 124', milliseconds)
    .addOption(new Option('--durable <when>', 'Begin it anew where a crash of the server ended it: with the variables it began with, and the answers it had').choices(['auto', 'always', 'never']))
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
  addSessionsCommand(program, run);
  program
    .command('open')
    .description('Open the page of the running server in a browser, signed in')
    .option('--print', 'Print the address, good for one visit within a minute, and open nothing', false)
    .addOption(settingOption('data'))
    .action(async (flags: OpenFlags) => {
      const { openPage } = await import('./commands/open.ts');
      await run(openPage(flags));
    });
  addPromisesCommand(program, run);
  addEventsCommand(program, run);
  addContextCommands(program, run);
  addTaskCommands(program, run);
  const mcp = program
    .command('mcp')
    .description('MCP over standard input and output; also what holdfast does alone when a program starts it')
    .option('--data <folder>', 'Data folder whose state it uses, with its server or as one')
    .allowExcessArguments()
    .hook('preAction', refuseUnknownCommand)
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
    .addOption(settingOption('data'))
    .addOption(settingOption('host'))
    .addOption(settingOption('port'))
    .action(async (flags: { json: boolean }) => {
      const { doctor } = await import('./commands/doctor.ts');
      await run(doctor(flags));
    });
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program;
}

/** For a group that does something without a command too: Commander would take the unknown one for an argument of that. */
function refuseUnknownCommand(group: Command): void {
  const [name] = group.args;
  if (name === undefined || name.startsWith('-') || group.commands.some((command) => command.name() === name || command.aliases().includes(name))) return;
  group.error(`unknown command '${name}'\n(See holdfast ${group.name()} --help)`, { code: 'commander.unknownCommand' });
}

function addSessionsCommand(program: Command, run: Run): void {
  const sessions = program.command('sessions').description('List the sessions of the running server, and create, stop, keep, restore or close one').hook('preSubcommand', refuseUnknownCommand);
  const add = (usage: string, description: string, options: CommandOptions = {}): Command =>
    sessions
      .command(usage, options)
      .description(description)
      .option('--json', 'Print the outcome as one JSON object and nothing else', false)
      .addOption(settingOption('data'));
  add('list', 'List them, oldest first', { isDefault: true })
    .alias('ls')
    .action(async (flags: SessionFlags) => run((await sessionCommands()).listSessions(flags)));
  add('create [id]', 'Create one and start its worker')
    .addOption(new Option('--language <name>', 'What its cells are written in').choices(['typescript', 'javascript']))
    .action(async (id: string | undefined, flags: SessionFlags & { language?: string }) => run((await sessionCommands()).createSession(id, flags)));
  add('get <id>', 'Show one').action(async (id: string, flags: SessionFlags) => run((await sessionCommands()).showSession(id, flags)));
  add('cancel <id>', 'Stop what runs in one; its variables stay')
    .option('--execution <id>', 'Only this execution')
    .action(async (id: string, flags: SessionFlags & { execution?: string }) => run((await sessionCommands()).cancelSession(id, flags)));
  add('checkpoint <id>', 'Keep its variables on disk').action(async (id: string, flags: SessionFlags) => run((await sessionCommands()).checkpointSession(id, flags)));
  add('restore <id>', 'Bring its variables back from its last checkpoint')
    .option('--checkpoint <id>', 'From this one')
    .action(async (id: string, flags: SessionFlags & { checkpoint?: string }) => run((await sessionCommands()).restoreSession(id, flags)));
  add('close <id>', 'End its worker for good; what ran stays in the log').action(async (id: string, flags: SessionFlags) => run((await sessionCommands()).closeSession(id, flags)));
}

async function sessionCommands(): Promise<typeof SessionCommands> {
  return import('./commands/sessions.ts');
}

function addPromisesCommand(program: Command, run: Run): void {
  const promises = program.command('promises').description('List what waits for somebody, at the running server or in its folder, and answer it').hook('preSubcommand', refuseUnknownCommand);
  const add = (usage: string, description: string, options: CommandOptions = {}): Command =>
    promises
      .command(usage, options)
      .description(description)
      .option('--json', 'Print the outcome as one JSON object and nothing else', false)
      .addOption(settingOption('data'));
  add('ls', 'List what waits, oldest first', { isDefault: true })
    .alias('list')
    .action(async (flags: PromiseFlags) => run((await import('./commands/promises.ts')).listPromises(flags)));
  add('show <id>', 'Print all that is known of one that waits').action(async (id: string, flags: PromiseFlags) => run((await import('./commands/promises.ts')).showPromise(id, flags)));
  add('reject <id> <message>', 'Give whoever waits an error with this message').action(async (id: string, message: string, flags: PromiseFlags) =>
    run((await import('./commands/promises.ts')).rejectPromise(id, message, flags)),
  );
  add('answer <id> <answer>', 'Answer one: yes or no to an approval, a text to a prompt, JSON or a text to anything else')
    .option('--comment <text>', 'What to say beside a yes or a no')
    .action(async (id: string, answer: string, flags: PromiseFlags & { comment?: string }) => run((await import('./commands/promises.ts')).answerPromise(id, answer, flags)));
}

function addContextCommands(program: Command, run: Run): void {
  const context = program.command('context').description('What a model needs to know of a project, under a token budget');
  rankedCommand(context, 'build')
    .description('Print the context for work on definitions: a name, src/file.ts#name, or a file')
    .argument('[definition...]', 'What is worked on')
    .action(async (names: string[], flags: ContextFlags) => {
      const { buildContext } = await import('./commands/context.ts');
      await run(buildContext(names, flags));
    });
  rankedCommand(context, 'explain')
    .description('Say why a definition is in the context for others, or is not')
    .argument('<definition>', 'What is asked about')
    .requiredOption('--for <definition>', 'What is worked on')
    .action(async (name: string, { for: target, ...flags }: ContextFlags & { for: string }) => {
      const { explainContext } = await import('./commands/context.ts');
      await run(explainContext(name, target, flags));
    });
  projectCommand(context, 'index')
    .description('Read the sources and say what was found in them')
    .action(async (flags: ContextFlags) => {
      const { indexContext } = await import('./commands/context.ts');
      await run(indexContext(flags));
    });
}

function projectCommand(context: Command, name: string): Command {
  return context
    .command(name)
    .option('--folder <folder>', 'The project', '.')
    .option('--types', 'Ask the TypeScript compiler what names mean: slower, and finds more', false)
    .option('--json', 'Print one JSON object and nothing else', false);
}

function rankedCommand(context: Command, name: string): Command {
  return projectCommand(context, name)
    .option('--query <words>', 'What is to be done; without a definition, where to begin')
    .option('--budget <tokens>', 'How many tokens there are; the context fills 80 % of them', tokens)
    .option('--model <name>', 'Count as this model does, and take its budget', 'mistral:7b')
    .option('--hide-body', 'As if the bodies were still to be written', false);
}

function addTaskCommands(program: Command, run: Run): void {
  const tasks = program.command('tasks').description('Submit, follow, answer and cancel coding tasks; without a server they run in this process').hook('preSubcommand', refuseUnknownCommand);
  const add = (usage: string, description: string, options: CommandOptions = {}): Command =>
    tasks
      .command(usage, options)
      .description(description)
      .option('--json', 'Print the outcome as one JSON object and nothing else', false)
      .addOption(settingOption('data'));
  const modelled = (usage: string, description: string): Command => add(usage, description).addOption(settingOption('model'));
  const yes = ['--yes', 'Approve whatever the task asks', false] as const;

  modelled('run <prompt>', 'Submit a task')
    .option('--watch', 'Print what happens until it ends', false)
    .option(...yes)
    .option('--id <id>', 'The id of the task')
    .addOption(new Option('--priority <name>', 'How urgent it is').choices(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND']))
    .option('--timeout <ms>', 'Cancel it after so many milliseconds', milliseconds)
    .action(async (prompt: string, flags: RunTaskFlags) => run((await import('./commands/tasks.ts')).runTask(prompt, flags)));
  modelled('watch <id>', 'Print what happened in a task and what happens, until it ends; takes up what a crash left')
    .option(...yes)
    .action(async (id: string, flags: WatchTaskFlags) => run((await import('./commands/tasks.ts')).watchTask(id, flags)));
  add('ls', 'List tasks, oldest first', { isDefault: true })
    .alias('list')
    .addOption(new Option('--status <name>', 'Only these').choices(['created', 'queued', 'running', 'waiting', 'completed', 'failed', 'cancelled']))
    .action(async (flags: TaskFlags) => run((await import('./commands/tasks.ts')).listTasks(flags)));
  add('get <id>', 'Show one task').action(async (id: string, flags: TaskFlags) => run((await import('./commands/tasks.ts')).getTask(id, flags)));
  add('cancel <id>', 'Stop a task').action(async (id: string, flags: TaskFlags) => run((await import('./commands/tasks.ts')).cancelTask(id, flags)));
  modelled('answer <id> <answer>', 'Answer what a task asks: yes, no or JSON')
    .option(...yes)
    .option('--promise <id>', 'Which of several questions')
    .action(async (id: string, answer: string, flags: WatchTaskFlags) => run((await import('./commands/tasks.ts')).answerTask(id, answer, flags)));
}

function settingOption(name: SettingName): Option {
  const flag = name.replaceAll(/[A-Z]/gu, '-$&').toLowerCase();
  const { about, fallback }: SettingText = settingTexts[name];
  const shown = fallback === undefined ? '' : ` (default ${fallback})`;
  return new Option(`--${flag} <value>`, `${about}${shown} [${environmentName(name)}]`);
}

function tokens(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number of tokens above 0.');
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new InvalidArgumentError('It must be a whole number of milliseconds.');
}

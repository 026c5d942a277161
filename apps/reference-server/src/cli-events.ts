import { InvalidArgumentError, Option, type Command } from 'commander';

type Run = (code: Promise<number>) => Promise<void>;

/** `holdfast events`: looks at the history in a data folder, also while a server runs on it. */
export function addEventsCommand(program: Command, run: Run): Command {
  const events = program.command('events').description('Look at the events of a data folder, also while a server runs on it; copy and check them');

  filters(reading(events.command('list').alias('ls').description('Print events, oldest first'), 'Print one JSON object a line'))
    .option('--after <number>', 'Only events after this sequence number', wholeNumber)
    .option('--since <instant>', 'Only events from this day or instant on, such as 2026-03-01 or 2026-03-01T12:00:00Z')
    .option('--until <instant>', 'Only events up to this day or instant')
    .option('--limit <number>', 'At most so many', wholeNumber)
    .action(async (flags: object) => run((await import('./commands/events/list.ts')).listEvents(flags)));

  filters(reading(events.command('tail').description('Print the last events'), 'Print one JSON object a line'))
    .option('-n, --lines <number>', 'How many of those that are there', wholeNumber, 10)
    .option('-f, --follow', 'Go on with what comes, until Ctrl-C', false)
    .action(async (flags: { lines: number; follow: boolean }) => run((await import('./commands/events/tail.ts')).tailEvents(flags)));

  reading(events.command('tasks').description('Print the tasks that have events, with how many they have, and the numbers of their first and last ones'), 'Print one JSON object a line')
    .action(async (flags: object) => run((await import('./commands/events/tasks.ts')).listTasks(flags)));

  reading(events.command('show').description('Print one event with everything that is known of it'), 'Print it on one line')
    .argument('<event>', 'Its sequence number or its id')
    .action(async (event: string, flags: object) => run((await import('./commands/events/show.ts')).showEvent(event, flags)));

  reading(events.command('export').description('Write all events as NDJSON into a file, or to standard output'), 'Print what was done as one JSON object; only with a file')
    .argument('[file]', 'Where to; - or nothing for standard output')
    .option('--after <number>', 'Only events after this sequence number', wholeNumber)
    .action(async (file: string | undefined, flags: object) => run((await import('./commands/events/export.ts')).exportEventsTo(file, flags)));

  reading(events.command('import').description('Take over an export; what is there already is passed over. No server may run on the data folder'), 'Print what was done as one JSON object')
    .argument('<file>', 'An export; - for standard input')
    .action(async (file: string, flags: object) => run((await import('./commands/events/import.ts')).importEventsFrom(file, flags)));

  reading(events.command('verify').description('Check every event against the chain of hashes; exit code 1 when one is not what was appended'), 'Print what was found as one JSON object')
    .option('--anchor <number:hash>', 'A last event as an earlier verify printed it; tells whether the history was cut off since', anchor)
    .action(async (flags: object) => run((await import('./commands/events/verify.ts')).verifyHistory(flags)));
  return events;
}

function reading(command: Command, json: string): Command {
  return command.option('--json', json, false).option('--data <folder>', 'Data folder to look at');
}

function filters(command: Command): Command {
  return command
    .option('--task <id>', 'Only events of this task; those of a session are under session:ID')
    .addOption(new Option('--type <names>', 'Only these types, separated by commas').argParser((text) => text.split(',').map((name) => name.trim())))
    .option('--correlation <id>', 'Only events with this correlation id');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/u.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number.');
}

function anchor(text: string): { sequenceNumber: number; hash: string } {
  const [, number, hash = ''] = /^(\d+):([0-9a-f]{64})$/u.exec(text) ?? [];
  if (number !== undefined) return { sequenceNumber: Number(number), hash };
  throw new InvalidArgumentError('It must be a number, a colon, and 64 hexadecimal digits.');
}

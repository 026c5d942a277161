import { errorFactory, type ErrorTable } from '@holdfast/protocol';

/** Every error that the command line `holdfast` reports by itself. */
export const errorTable = {
  HOLDFAST_CLI_USAGE: {
    meaning: 'A command, a flag or an argument is unknown, missing, or has a value that means nothing. Exit code 2.',
    mend: 'See holdfast --help',
  },
  HOLDFAST_CLI_CONFIGURATION: {
    meaning: 'A setting in the environment or in holdfast.config.json is unknown or has a value that means nothing. Exit code 2.',
    mend: 'See holdfast serve --help for the settings there are',
  },
  HOLDFAST_CLI_CANNOT_READ: {
    meaning: 'The file to run does not exist or cannot be read. Exit code 2.',
    mend: 'Check the path; it counts from the working directory',
  },
  HOLDFAST_CLI_DATA_FOLDER: {
    meaning: 'The data folder cannot be made or written.',
    mend: 'Choose another folder with --data, or give this user the right to write there',
  },
  HOLDFAST_CLI_ISOLATION: {
    meaning: 'The server was to lock sessions in as this machine cannot. It does not start with less.',
    mend: 'Run holdfast doctor to see which levels work here, or choose another with --isolation',
  },
  HOLDFAST_CLI_NO_SERVER: {
    meaning: 'The command needs the running server of a data folder, and none runs there.',
    mend: 'Start it with holdfast serve, or name its folder with --data',
  },
  HOLDFAST_CLI_MCP_ONLY: {
    meaning: 'The server of the data folder was started with --mcp-http, and the command needs more than MCP.',
    mend: 'Start it with holdfast serve and without --mcp-http: MCP is served there too',
  },
  HOLDFAST_CLI_NO_EVENTS: {
    meaning: 'The command looks at the events of a data folder, and there are none.',
    mend: 'Name the folder with --data, or start a server on it with holdfast serve',
  },
  HOLDFAST_CLI_NO_SUCH_EVENT: {
    meaning: 'There is no event with this sequence number or id in the data folder.',
    mend: 'See holdfast events list for those there are',
  },
  HOLDFAST_CLI_DATA_FOLDER_IN_USE: {
    meaning: 'The command writes into a data folder that a running server has open. Nothing was written.',
    mend: 'Stop the server, run the command again, then start the server',
    retriable: true,
  },
  HOLDFAST_CLI_MODEL_UNAVAILABLE: {
    meaning: 'The configured model is not there: its backend does not answer, does not know it, or needs a key.',
    mend: 'Start the backend, check --model and --model-url, or start without --model; everything that needs no model works',
  },
  HOLDFAST_CLI_SERVER_UNREACHABLE: {
    meaning: 'The server did not answer, or closed the connection before the execution ended.',
    mend: 'Check that it runs, then read the execution with GET /executions/ID',
    retriable: true,
  },
} as const satisfies ErrorTable;

export const cliError = errorFactory(errorTable);

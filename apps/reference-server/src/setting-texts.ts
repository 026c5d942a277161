/** Every setting of the server in words: what it means, and what holds where nothing is said. Free of everything that takes time to load, for `--help`. */
export const settingTexts = {
  port: { about: 'Port to listen on; 0 takes a free one', fallback: 9876 },
  host: { about: 'Address to listen on; any but loopback needs a token', fallback: '127.0.0.1' },
  data: { about: 'Folder for the database, the token and the sessions', fallback: '.holdfast' },
  allowedHosts: { about: 'Host names, separated by commas, that requests may name beside addresses and --host' },
  token: { about: 'What clients must present; made and kept in the data folder unless given' },
  durability: { about: 'What an acknowledged execution survives: a power cut, or kill -9 only', fallback: 'power' },
  maxMemoryMegabytes: { about: 'Memory that a session may use; a cell that needs more is ended, its variables stay', fallback: 1536 },
  isolation: { about: 'How far sessions are locked in: process, restricted, sandbox, or the strictest that works on this machine', fallback: 'strictest' },
  executor: { about: 'Options of the executor, as JSON: time limits, cache size, what counts as blocking' },
  warmWorkers: { about: 'Workers kept ready, so that a new session need not wait for one', fallback: 1 },
  maxSessions: { about: 'How many sessions may exist at the same time', fallback: 64 },
  logLevel: { about: 'What is written to standard error, as lines of JSON; info tells each change and who made it', fallback: 'warn' },
  drainMs: { about: 'How many milliseconds requests under way may still take when the server is told to end', fallback: 3000 },
  model: { about: 'What writes the code of tasks: ollama:NAME, openai-compatible:NAME, anthropic:NAME, or demo, which plays back one recorded task' },
  modelUrl: { about: 'Where the model is served; Ollama is looked for at http://127.0.0.1:11434' },
  modelKey: { about: 'Key for the model, where it needs one; better set in the environment than as a flag' },
  modelContextTokens: { about: 'How many tokens the model takes in and gives out together', fallback: 8192 },
  modelTimeoutMs: { about: 'How many milliseconds one answer of the model may take', fallback: 120_000 },
} as const satisfies Readonly<Record<string, SettingText>>;

export type SettingName = keyof typeof settingTexts;

export interface SettingText {
  readonly about: string;
  readonly fallback?: string | number;
}

export const environmentPrefix = 'HOLDFAST_';

/** The name of a setting in the environment: `maxSessions` is `HOLDFAST_MAX_SESSIONS`. */
export function environmentName(setting: string): string {
  return environmentPrefix + setting.replaceAll(/[A-Z]/gu, '_$&').toUpperCase();
}

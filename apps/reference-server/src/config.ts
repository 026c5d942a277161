import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { resolveExecutorConfig, type ExecutorOptions } from '@holdfast/executor';
import { z } from 'zod';
import { cliError } from './errors.ts';
import { nearest } from './nearest.ts';

/** Flags and the environment bring text; an empty one is no zero. */
const wholeNumber = (least: number, most: number): z.ZodPreprocess<z.ZodNumber> =>
  z.preprocess((value) => (typeof value === 'string' && /^\d+$/u.test(value) ? Number(value) : value), z.number().int().min(least).max(most));
const names = z.preprocess((value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value), z.array(z.string().min(1)));

function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value; // no object either, which is what the complaint says
  }
}

function toExecutorOptions(options: ExecutorOptions, context: z.RefinementCtx): ExecutorOptions {
  try {
    resolveExecutorConfig(options);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
  return options;
}

/** Every setting of the server: its meaning is what `holdfast serve --help` shows. */
export const settings = {
  port: wholeNumber(0, 65_535).default(9876).describe('Port to listen on; 0 takes a free one'),
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; any but loopback needs a token'),
  data: z.string().min(1).default('.holdfast').describe('Folder for the database, the token and the sessions'),
  allowedHosts: names.default([]).describe('Host names, separated by commas, that requests may name beside addresses and --host'),
  token: z.string().regex(/^[\u0021-\u007E]{8,}$/u, { message: 'expected 8 or more visible ASCII characters, without spaces' }).optional().describe('What clients must present; made and kept in the data folder unless given'),
  durability: z
    .enum(['power', 'process'])
    .default('power')
    .describe('What an acknowledged execution survives: a power cut, or kill -9 only'),
  maxMemoryMegabytes: wholeNumber(128, 1_048_576)
    .default(1536)
    .describe('Memory that a session may use; a cell that needs more is ended, its variables stay'),
  isolation: z
    .enum(['strictest', 'process', 'restricted', 'sandbox'])
    .default('strictest')
    .describe('How far sessions are locked in: process, restricted, sandbox, or the strictest that works on this machine'),
  executor: z
    .preprocess(fromJson, z.record(z.string(), z.unknown()))
    .default({})
    .transform(toExecutorOptions)
    .describe('Options of the executor, as JSON: time limits, cache size, what counts as blocking'),
  warmWorkers: wholeNumber(0, 64).default(1).describe('Workers kept ready at isolation process, so that a new session need not wait for one'),
  maxSessions: wholeNumber(1, 10_000).default(64).describe('How many sessions may exist at the same time'),
  logLevel: z.enum(['silent', 'error', 'warn', 'info']).default('warn').describe('What is written to standard error, as lines of JSON; info tells each change and who made it'),
  drainMs: wholeNumber(0, 600_000).default(3000).describe('How many milliseconds requests under way may still take when the server is told to end'),
  model: z
    .string()
    .regex(/^(demo|(ollama|openai-compatible|anthropic):\S+)$/u, { message: 'expected ollama:NAME, openai-compatible:NAME, anthropic:NAME or demo' })
    .optional()
    .describe('What writes the code of tasks: ollama:NAME, openai-compatible:NAME, anthropic:NAME, or demo, which plays back one recorded task'),
  modelUrl: z.url().optional().describe('Where the model is served; Ollama is looked for at http://127.0.0.1:11434'),
  modelKey: z.string().min(1).optional().describe('Key for the model, where it needs one; better set in the environment than as a flag'),
  modelContextTokens: wholeNumber(2048, 10_000_000).default(8192).describe('How many tokens the model takes in and gives out together'),
  modelTimeoutMs: wholeNumber(1, 3_600_000).default(120_000).describe('How many milliseconds one answer of the model may take'),
} as const;

const schema = z.object(settings);
export type Configuration = z.output<typeof schema>;

const environmentPrefix = 'HOLDFAST_';
const fileName = 'holdfast.config.json';

/** The name of a setting in the environment: `maxSessions` is `HOLDFAST_MAX_SESSIONS`. */
export function environmentName(setting: string): string {
  return environmentPrefix + setting.replaceAll(/[A-Z]/gu, '_$&').toUpperCase();
}

/**
 * Reads the settings: flags first, then the environment, then `holdfast.config.json` in the working directory.
 *
 * @throws HOLDFAST_CLI_CONFIGURATION
 */
export function readConfiguration(flags: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string | undefined>>): Configuration {
  const merged = { ...fromFile(resolve(fileName)), ...fromEnvironment(environment), ...withoutUndefined(flags) };
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  throw cliError('HOLDFAST_CLI_CONFIGURATION', `Cannot use setting "${name}": ${issue?.message ?? 'invalid'}`, { cause: parsed.error });
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const known = new Map(Object.keys(settings).map((setting) => [environmentName(setting), setting]));
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(environmentPrefix) || value === undefined) continue;
    const setting = known.get(name);
    if (setting === undefined) throw unknownSetting(name, [...known.keys()], 'the environment');
    found[setting] = value;
  }
  return found;
}

function fromFile(path: string): Record<string, unknown> {
  if (!existsSync(path)) return {};
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw cliError('HOLDFAST_CLI_CONFIGURATION', `Cannot read "${fileName}": it is not JSON`, { cause });
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(content);
  if (!parsed.success) throw cliError('HOLDFAST_CLI_CONFIGURATION', `Cannot read "${fileName}": it is not an object of settings`);
  for (const name of Object.keys(parsed.data)) {
    if (!Object.hasOwn(settings, name)) throw unknownSetting(name, Object.keys(settings), fileName);
  }
  return parsed.data;
}

function unknownSetting(name: string, known: readonly string[], place: string): Error {
  return cliError('HOLDFAST_CLI_CONFIGURATION', `Cannot use setting "${name}" of ${place}: there is none of this name`, {
    hint: `Did you mean "${nearest(name, known)}"?`,
  });
}

function withoutUndefined(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).filter(([name, value]) => value !== undefined && Object.hasOwn(settings, name)));
}

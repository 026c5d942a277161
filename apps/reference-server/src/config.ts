import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { resolveExecutorConfig, type ExecutorOptions } from '@holdfast/executor';
import { z } from 'zod';
import { cliError } from './errors.ts';
import { nearest } from './nearest.ts';
import { environmentName, environmentPrefix, settingTexts, type SettingName } from './setting-texts.ts';

/** Flags and the environment bring text; an empty one is no zero. */
const wholeNumber = (least: number, most: number): z.ZodPreprocess<z.ZodNumber> =>
  z.preprocess((value) => (typeof value === 'string' && /^\d+$/u.test(value) ? Number(value) : value), z.number().int().min(least).max(most));
const names = z.preprocess((value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value), z.array(z.string().min(1)));

function fromJson(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue({ code: 'custom', message: 'it is not JSON' });
    return z.NEVER;
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

/** Every setting of the server; `docs/` tells them all. */
export const settings = {
  port: wholeNumber(0, 65_535).default(settingTexts.port.fallback).describe(settingTexts.port.about),
  host: z.string().min(1).default(settingTexts.host.fallback).describe(settingTexts.host.about),
  data: z.string().min(1).default(settingTexts.data.fallback).describe(settingTexts.data.about),
  allowedHosts: names.default([]).describe(settingTexts.allowedHosts.about),
  token: z.string().regex(/^[\u0021-\u007E]{8,}$/u, { message: 'expected 8 or more visible ASCII characters, without spaces' }).optional().describe(settingTexts.token.about),
  durability: z.enum(['power', 'process']).default(settingTexts.durability.fallback).describe(settingTexts.durability.about),
  maxMemoryMegabytes: wholeNumber(128, 1_048_576).default(settingTexts.maxMemoryMegabytes.fallback).describe(settingTexts.maxMemoryMegabytes.about),
  isolation: z.enum(['strictest', 'process', 'restricted', 'sandbox']).default(settingTexts.isolation.fallback).describe(settingTexts.isolation.about),
  executor: z.preprocess(fromJson, z.record(z.string(), z.unknown())).default({}).transform(toExecutorOptions).describe(settingTexts.executor.about),
  warmWorkers: wholeNumber(0, 64).default(settingTexts.warmWorkers.fallback).describe(settingTexts.warmWorkers.about),
  maxSessions: wholeNumber(1, 10_000).default(settingTexts.maxSessions.fallback).describe(settingTexts.maxSessions.about),
  logLevel: z.enum(['silent', 'error', 'warn', 'info']).default(settingTexts.logLevel.fallback).describe(settingTexts.logLevel.about),
  drainMs: wholeNumber(0, 600_000).default(settingTexts.drainMs.fallback).describe(settingTexts.drainMs.about),
  model: z
    .string()
    .regex(/^(demo|(ollama|openai-compatible|anthropic):\S+)$/u, { message: 'expected ollama:NAME, openai-compatible:NAME, anthropic:NAME or demo' })
    .optional().describe(settingTexts.model.about),
  modelUrl: z.url().optional().describe(settingTexts.modelUrl.about),
  modelKey: z.string().min(1).optional().describe(settingTexts.modelKey.about),
  modelContextTokens: wholeNumber(2048, 10_000_000).default(settingTexts.modelContextTokens.fallback).describe(settingTexts.modelContextTokens.about),
  modelTimeoutMs: wholeNumber(1, 3_600_000).default(settingTexts.modelTimeoutMs.fallback).describe(settingTexts.modelTimeoutMs.about),
} as const satisfies Record<SettingName, z.ZodType>;

export { environmentName } from './setting-texts.ts';

const schema = z.object(settings);
export type Configuration = z.output<typeof schema>;

const fileName = 'holdfast.config.json';

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

// docs/configuration.md: every setting of the app and every option of a package that is described by a zod table.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { listProjects, root } from './projects.ts';

/** The settings of one package or app: its `src/config.ts` exports them as a table of zod types, each with a description. */
export interface PackageSettings {
  readonly name: string;
  readonly settings: Readonly<Record<string, z.ZodType>>;
  /** The name of a setting in the environment, where the package reads it: only the app does. */
  readonly environmentName?: ((setting: string) => string) | undefined;
}

/** The settings of all packages and apps that have a `src/config.ts`. Run with the condition `@holdfast/source`. */
export async function readSettings(base: string = root): Promise<PackageSettings[]> {
  const sources = listProjects(base)
    .map(({ folder, manifest }) => ({ name: manifest.name, file: join(base, folder, 'src/config.ts') }))
    .filter(({ file }) => existsSync(file));
  return Promise.all(
    sources.map(async ({ name, file }) => {
      const { settings, environmentName } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Partial<PackageSettings>;
      if (!settings) throw new Error(`Cannot read the settings of "${name}": src/config.ts exports no "settings"`);
      return { name, settings, environmentName };
    }),
  );
}

/**
 * The page: one table for each package.
 *
 * @throws Error where a setting has no description
 */
export function renderConfiguration(packages: readonly PackageSettings[]): string {
  return `${[introduction, ...packages.map(renderPackage)].join('\n\n')}\n`;
}

const introduction = `# Configuration

<!-- Written by "npm run docs" from src/config.ts of each package. Edit the descriptions there. -->

A package takes its settings as options, and only the app reads flags, the environment and \`holdfast.config.json\`, in
this order. An unknown name is an error that names the nearest known one.`;

function renderPackage({ name, settings, environmentName }: PackageSettings): string {
  const head = environmentName ? '| setting | flag | environment | default | meaning |\n|---|---|---|---|---|' : '| option | default | meaning |\n|---|---|---|';
  const rows = Object.entries(settings).map(([setting, type]) => {
    if (type.description === undefined) throw new Error(`Cannot describe setting "${setting}" of "${name}": it has no description`);
    const places = environmentName ? `\`--${flagName(setting)}\` | \`${environmentName(setting)}\` | ` : '';
    return `| \`${setting}\` | ${places}${defaultOf(type)} | ${type.description.replaceAll('|', String.raw`\|`)} |`;
  });
  return `## ${name}\n\n${head}\n${rows.join('\n')}`;
}

function flagName(setting: string): string {
  return setting.replaceAll(/[A-Z]/gu, '-$&').toLowerCase();
}

/** What a setting is when nobody sets it: what its type makes of nothing. */
function defaultOf(type: z.ZodType): string {
  const parsed = type.safeParse(undefined);
  if (!parsed.success) return 'required';
  return parsed.data === undefined ? 'none' : `\`${JSON.stringify(parsed.data)}\``;
}

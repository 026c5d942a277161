/** The published packages whose sources are asked for: four to prove, two that the weights were chosen on. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSource } from '../src/extract/parse-source.ts';
import type { SourceFacts } from '../src/extract/definition.ts';

export interface Package {
  readonly name: string;
  readonly root: string;
  readonly sources: readonly SourceFacts[];
}

const modules = fileURLToPath(new URL('peers/node_modules', import.meta.url));
const folders = {
  'query-core': '@tanstack/query-core/src',
  mobx: 'mobx/src',
  rxjs: 'rxjs/src',
  'redux-toolkit': '@reduxjs/toolkit/src',
  ai: 'ai/src',
  zod: 'zod/src/v4',
} as const;

export const tuned = ['query-core', 'mobx'] as const;
export const proven = ['rxjs', 'redux-toolkit', 'ai', 'zod'] as const;

export function loadPackage(name: keyof typeof folders): Package {
  const root = join(modules, folders[name]);
  const paths = globSync('**/*.{ts,tsx}', { cwd: root })
    .filter((path) => !/\.d\.ts$|(?:^|\/)(?:__?tests?__?|tests?|benchmarks?|spec|locales)\/|\.(?:test|spec|test-d)\./u.test(path))
    .toSorted();
  return { name, root, sources: paths.map((path) => parseSource(path, readFileSync(join(root, path), 'utf8'))) };
}

// ESLint runs only the two rules that need the Nx project graph. Everything else is oxlint's.
import nx from '@nx/eslint-plugin';
import tsParser from '@typescript-eslint/parser';
import * as jsonParser from 'jsonc-eslint-parser';
import { boundaries } from './boundaries.mjs';

const moduleBoundaries = (files, ...testOnly) => ({
  files,
  languageOptions: { parser: tsParser },
  plugins: { '@nx': nx },
  rules: {
    '@nx/enforce-module-boundaries': [
      'error',
      {
        allow: [],
        allowCircularSelfDependency: true,
        banTransitiveDependencies: true,
        depConstraints: Object.entries(boundaries).map(([name, { may, uses }]) => ({
          sourceTag: `project:${name}`,
          onlyDependOnLibsWithTags: may.map((other) => (other === '*' ? '*' : `project:${other}`)),
          allowedExternalImports: [...uses, ...testOnly],
        })),
      },
    ],
  },
});

export default [
  { ignores: ['**/dist', '**/node_modules', '**/peers/**', '**/*.config.ts', '*.ts'] },
  moduleBoundaries(['**/src/**/*.ts']),
  moduleBoundaries(['**/{test,examples,bench,chaos,conformance,crash,eval,soak,fuzz}/**/*.ts'], 'vitest', 'fast-check', 'pino'),
  {
    files: ['**/package.json'],
    languageOptions: { parser: jsonParser },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        // The repository's own `typescript` is an alias, whose version says nothing about the compiler behind it.
        { buildTargets: ['build'], ignoredDependencies: ['typescript'], ignoredFiles: ['{projectRoot}/{test,examples,bench,chaos,conformance,crash,eval,soak,fuzz}/**', '{projectRoot}/*.config.ts'] },
      ],
    },
  },
];

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readSettings, renderConfiguration } from '../src/configuration.ts';
import { readErrorTables, renderErrors } from '../src/errors.ts';
import { root } from '../src/projects.ts';
import { traceability } from '../src/traceability.ts';

const kettleName = (setting: string): string => `KETTLE_${setting.toUpperCase()}`;
const page = (file: string): string => readFileSync(join(root, 'docs', file), 'utf8');

test('OPS-08 docs/errors.md says what the error tables say', async () => {
  expect(page('errors.md'), 'run "npm run docs"').toBe(renderErrors(await readErrorTables()));
});

test('OPS-07 OPS-08 docs/configuration.md says what every setting is', async () => {
  expect(page('configuration.md'), 'run "npm run docs"').toBe(renderConfiguration(await readSettings()));
});

test('OPS-08 docs/traceability.md says what the tests prove', () => {
  expect(page('traceability.md'), 'run "npm run docs"').toBe(traceability());
});

test('every code is a heading with its meaning, what mends it and whether to retry', () => {
  const text = renderErrors([
    {
      name: '@holdfast/kettle',
      table: {
        HOLDFAST_KETTLE_EMPTY: { meaning: 'The kettle has no water.', mend: 'Fill it' },
        HOLDFAST_KETTLE_COLD: { meaning: 'The water does not boil yet.', mend: 'Wait', retriable: true },
      },
    },
  ]);

  expect(text).toContain('## @holdfast/kettle\n\n### HOLDFAST_KETTLE_EMPTY\n\nThe kettle has no water.\n\n- Mend: Fill it\n- Retriable: no\n');
  expect(text).toContain('### HOLDFAST_KETTLE_COLD\n\nThe water does not boil yet.\n\n- Mend: Wait\n- Retriable: yes\n');
});

test('one code in two packages is refused', () => {
  const table = { HOLDFAST_KETTLE_EMPTY: { meaning: 'The kettle has no water.', mend: 'Fill it' } };

  expect(() =>
    renderErrors([
      { name: '@holdfast/kettle', table },
      { name: '@holdfast/pot', table },
    ]),
  ).toThrow('Cannot list "HOLDFAST_KETTLE_EMPTY" of "@holdfast/pot": "@holdfast/kettle" has that code already');
});

test('a setting has its flag, its name in the environment, its default and its meaning', () => {
  const settings = { boilMs: z.number().default(500).describe('How long to boil') };

  expect(renderConfiguration([{ name: '@holdfast/kettle', settings, environmentName: kettleName }])).toContain(
    '| `boilMs` | `--boil-ms` | `KETTLE_BOILMS` | `500` | How long to boil |',
  );
  expect(renderConfiguration([{ name: '@holdfast/kettle', settings }])).toContain('| `boilMs` | `500` | How long to boil |');
});

test('a setting without a description is refused', () => {
  expect(() => renderConfiguration([{ name: '@holdfast/kettle', settings: { boilMs: z.number() } }])).toThrow(
    'Cannot describe setting "boilMs" of "@holdfast/kettle": it has no description',
  );
});

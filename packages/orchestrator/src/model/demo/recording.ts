/**
 * The answers of the recorded demonstration: a module whose first version has a fault, the test that finds it, and the
 * version without. Written for this purpose and played back as they are; no model is asked.
 */
import type { ModulePlan } from '../../workflow/module-plan.ts';

export const recordedPlan: ModulePlan = {
  summary: 'Read durations such as "1h 30m" into milliseconds, and write them again',
  modules: [
    { name: 'parse-duration', purpose: 'parseDuration(text) gives milliseconds for text such as "1h 30m"; throws a RangeError for anything else', dependencies: [] },
    { name: 'format-duration', purpose: 'formatDuration(ms) gives the text that parseDuration reads, without parts that are zero', dependencies: ['parse-duration'] },
  ],
};

const units = `const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;
`;

const parseTests = `import assert from 'node:assert/strict';
import test from 'node:test';
import { parseDuration } from './parse-duration.ts';

test('one part', () => {
  assert.equal(parseDuration('90s'), 90_000);
});

test('parts add up', () => {
  assert.equal(parseDuration('1h 30m'), 5_400_000);
});

test('anything else is refused', () => {
  for (const text of ['', 'soon', '1h soon', '-5m']) assert.throws(() => parseDuration(text), RangeError);
});
`;

const formatTests = `import assert from 'node:assert/strict';
import test from 'node:test';
import { formatDuration } from './format-duration.ts';
import { parseDuration } from './parse-duration.ts';

test('parts that are zero are left out', () => {
  assert.equal(formatDuration(5_400_000), '1h 30m');
  assert.equal(formatDuration(0), '0s');
});

test('what is written can be read', () => {
  for (const ms of [0, 1000, 61_000, 90_061_000]) assert.equal(parseDuration(formatDuration(ms)), ms);
});
`;

/** Module name to its versions, the first of them first. The last is given from then on. */
export const recordedModules: Readonly<Record<string, readonly { readonly code: string; readonly tests: string }[]>> = {
  'parse-duration': [
    {
      code: `${units}
/** Milliseconds for text such as "1h 30m". */
export function parseDuration(text: string): number {
  const part = /^(\\d+)([dhms])/.exec(text.trim());
  if (!part) throw new RangeError(\`Cannot read "\${text}" as a duration\`);
  return Number(part[1]) * units[part[2] as keyof typeof units];
}
`,
      tests: parseTests,
    },
    {
      code: `${units}
/** Milliseconds for text such as "1h 30m". */
export function parseDuration(text: string): number {
  const parts = text.trim().split(/\\s+/).map((part) => /^(\\d+)([dhms])$/.exec(part));
  let ms = 0;
  for (const part of parts) {
    if (!part) throw new RangeError(\`Cannot read "\${text}" as a duration\`);
    ms += Number(part[1]) * units[part[2] as keyof typeof units];
  }
  return ms;
}
`,
      tests: parseTests,
    },
  ],
  'format-duration': [
    {
      code: `${units}
/** The text that parseDuration reads, without parts that are zero. */
export function formatDuration(ms: number): string {
  let rest = ms;
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(\`\${count}\${unit}\`);
    rest -= count * size;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}
`,
      tests: formatTests,
    },
  ],
};

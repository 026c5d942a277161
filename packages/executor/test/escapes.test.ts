import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { probeIsolation } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { escapeAttempts } from './escape-attempts.ts';
import { openEscapeGround, type EscapeGround } from './escape-targets.ts';

const isPossible = { restricted: (await probeIsolation('restricted')).works, sandbox: (await probeIsolation('sandbox')).works };

beforeAll(() => {
  process.env['HOLDFAST_TEST_ESCAPE'] = 'do not tell';
});
afterAll(() => {
  delete process.env['HOLDFAST_TEST_ESCAPE'];
});

describe.each(['restricted', 'sandbox'] as const)('what hostile code gets at the level %s', (level) => {
  let ground: EscapeGround | undefined;
  beforeAll(async () => {
    if (isPossible[level]) ground = await openEscapeGround(level);
  });
  afterAll(async () => ground?.[Symbol.asyncDispose]());

  test.skipIf(!isPossible[level]).each(escapeAttempts)('$name', async (attempt) => {
    const got = await ground!.attempt(attempt);

    // What is possible must be seen, or the attempt itself is wrong and proves nothing.
    expect(got === 'denied' ? 'denied' : 'possible').toBe(attempt.possibleAt?.includes(level) ? 'possible' : 'denied');
  });

  test.skipIf(!isPossible[level])('nothing came of it: secrets, other folders and other sessions are as they were, and the session lives', async () => {
    const { secret, outside, foreign } = ground!.targets;

    expect(readFileSync(secret, 'utf8')).toBe('"do not tell"');
    expect(existsSync(foreign)).toBe(true);
    expect(readdirSync(outside)).toEqual(['server.sock']);
    expect(await ground!.bystander.execute('kept')).toMatchObject({ value: 1 });
    expect(await ground!.session.execute('process.kill(process.pid, 0)')).toMatchObject({ value: true });
  });
});

test('the attempts are real: at the level process most of them get what they want', async () => {
  await using ground = await openEscapeGround('process');
  const harmless = escapeAttempts.filter(({ name }) => /^(?:readFile|openSync|a (?:read stream|path|file URL|hard link|symbolic link)|copyFileSync|cpSync|execSync|spawn|a thread|fetch|SQLite|the environment of the server)/u.test(name));

  const got: [string, unknown][] = [];
  for (const attempt of harmless) got.push([attempt.name, await ground.attempt(attempt)]);

  expect(got.filter(([, what]) => what === 'denied')).toEqual([]);
});

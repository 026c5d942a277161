/**
 * `npm run conformance`: the official conformance suite against the mount of production, for the current and the
 * previous revision and the tasks extension. `results.json` beside this file says what has to pass; a scenario that
 * fails and stands there, or stands there and is gone, fails the run. `-- --update` writes it anew.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { startConformanceServer } from './server.ts';
import { installPeers, peer } from './peers.ts';

const run = promisify(execFile);
const resultsFile = join(import.meta.dirname, 'results.json');
const revisions = ['2026-07-28', '2025-11-25'];

type Verdicts = Record<string, Record<string, 'pass' | 'fail' | 'skip'>>;

await installPeers();
const server = await startConformanceServer();
const verdicts: Verdicts = {};
try {
  for (const revision of revisions) verdicts[revision] = await runRevision(revision, server.url);
} finally {
  await server.close();
}
if (process.argv.includes('--update')) writeFileSync(resultsFile, `${JSON.stringify(verdicts, null, 2)}\n`);
process.exitCode = report(verdicts, JSON.parse(readFileSync(resultsFile, 'utf8')) as Verdicts);

/** Everything that a revision requires, and what the suite runs with it without asking for it. */
async function runRevision(revision: string, url: string): Promise<Verdicts[string]> {
  const output = mkdtempSync(join(tmpdir(), 'holdfast-conformance-'));
  try {
    const { stdout } = await run(process.execPath, [peer('@modelcontextprotocol/conformance/dist/index.js'), 'server', '--url', url, '--requirements', revision], {
      cwd: output,
      maxBuffer: 64 << 20,
      timeout: 110_000,
    }).catch((error: { stdout?: string; message: string }) => ({ stdout: error.stdout ?? error.message }));
    if (process.argv.includes('--verbose')) process.stdout.write(stdout);
    return readVerdicts(stdout);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function readVerdicts(text: string): Verdicts[string] {
  const lines = stripVTControlCharacters(text).matchAll(/^(?<mark>[✓✗○~-]) (?<scenario>[\w-]+): (?<passed>\d+) passed, (?<failed>\d+) failed/gmu);
  return Object.fromEntries([...lines].map(({ groups }) => [groups?.['scenario'] ?? '', Number(groups?.['failed']) > 0 ? 'fail' : Number(groups?.['passed']) > 0 ? 'pass' : 'skip']));
}

function report(found: Verdicts, expected: Verdicts): number {
  let worse = 0;
  for (const revision of revisions) {
    const [now, before] = [found[revision] ?? {}, expected[revision] ?? {}];
    const counts = Object.values(now);
    process.stdout.write(`${revision}: ${counts.filter((verdict) => verdict === 'pass').length} pass, ${counts.filter((verdict) => verdict === 'fail').length} fail, ${counts.filter((verdict) => verdict === 'skip').length} skipped\n`);
    for (const [scenario, verdict] of Object.entries(before)) {
      if (verdict !== 'pass' || now[scenario] === 'pass') continue;
      process.stdout.write(`  ${scenario}: passed before, now ${now[scenario] ?? 'did not run'}\n`);
      worse += 1;
    }
    for (const [scenario, verdict] of Object.entries(now)) if (verdict === 'fail') process.stdout.write(`  ${scenario}: fails\n`);
  }
  return worse === 0 ? 0 : 1;
}

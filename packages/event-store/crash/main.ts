/**
 * The proof that nothing which was acknowledged is lost: kills, losses of power, faults, and two planted defects that
 * must be found, or the harness itself is blind.
 *
 *     npm run crash -w packages/event-store [-- --rounds 300 --images 1000 --seed 1 --limit 540 --json]
 *
 * Exits with 0 if everything holds, with 1 if not. Kills and losses of power end after `--limit` seconds, which a busy machine
 * may need more of; what was cut short fails.
 */
import { parseArgs } from 'node:util';
import { faults, type FaultResult } from './faults.ts';
import { killRounds } from './kill.ts';
import { powerLoss } from './power-loss.ts';
import { progress } from './progress.ts';
import { seeded } from './random.ts';
import { hasStrace, installStrace } from './recorder.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    images: { type: 'string', default: '1000' },
    limit: { type: 'string', default: '540' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
const [rounds, images] = [Number(values.rounds), Number(values.images)];
const random = seeded(Number(values.seed));
const limitSeconds = Number(values.limit);
const signal = AbortSignal.timeout(limitSeconds * 1000);
const cutShort = (): string => (signal.aborted ? `CUT SHORT at the limit of ${limitSeconds} s: ` : '');
const began = performance.now();
const results: Result[] = [];

interface Result {
  readonly name: string;
  readonly outcome: FaultResult['outcome'];
  readonly detail: string;
  readonly counts?: object;
}

function report(result: Result): void {
  results.push(result);
  if (!values.json) console.log(`${result.outcome.padEnd(8)}${result.name}: ${result.detail}`);
}

if (!values.json) console.log(`seed ${values.seed}`);

const killing = progress('kill -9', rounds);
const kills = await killRounds({ rounds, random, signal, onRound: killing.step });
killing.end();
report({
  name: 'kill -9',
  outcome: damage(kills) === 0 && kills.rounds === rounds ? 'holds' : 'fails',
  detail: `${cutShort()}${kills.rounds} of ${rounds} kills (${kills.duringOpening} while opening), ${kills.acknowledged} acknowledged, ${said(kills)}`,
  counts: kills,
});

const blind = await killRounds({ rounds: 10, random, writer: { acknowledge: 'early' } });
report(planted('kill -9', 'acknowledges before the commit', blind.lost, `in ${blind.rounds} kills`));

if (hasStrace()) {
  for (const { name, share, writer } of [
    { name: 'loss of power', share: images, writer: {} },
    { name: 'loss of power, large events and checkpoints', share: Math.ceil(images / 20), writer: { bytes: 30_000, appenders: 4, appends: 40, openings: 1 } },
  ]) {
    const losing = progress(name, share);
    const lost = await powerLoss({ images: share, random, writer, signal, onImage: losing.step });
    losing.end();
    report({
      name,
      outcome: damage(lost) === 0 && lost.images >= share ? 'holds' : 'fails',
      detail: `${cutShort()}${lost.images} of ${share} images of a run with ${lost.flushes} flushes and ${lost.acknowledged} acknowledged, ${said(lost)}`,
      counts: lost,
    });
  }
  const early = await powerLoss({ images: 60, random, writer: { acknowledge: 'early' } });
  report(planted('loss of power', 'acknowledges before the commit', early.lost, `in ${early.imagesWithLoss} of ${early.images} images`));
  const unflushed = await powerLoss({ images: 60, random, writer: { durability: 'process' } });
  report(planted('loss of power', 'acknowledges before the flush', unflushed.lost, `in ${unflushed.imagesWithLoss} of ${unflushed.images} images`));
} else {
  report({ name: 'loss of power', outcome: 'skipped', detail: `strace cannot trace here; install it with: ${installStrace}` });
}

for (const result of await faults(random)) report(result);

const failed = results.filter(({ outcome }) => outcome === 'fails').length;
const seconds = Math.round((performance.now() - began) / 1000);
if (values.json) console.log(JSON.stringify({ seed: Number(values.seed), seconds, failed, results }, undefined, 2));
else console.log(`${failed === 0 ? 'everything holds' : `${failed} of ${results.length} fail`}, ${seconds} s`);
process.exitCode = failed === 0 ? 0 : 1;

interface Damage {
  readonly lost: number;
  readonly gaps: number;
  readonly duplicates: number;
  readonly torn: number;
  readonly unopenable: number;
  readonly problems: readonly string[];
}

function damage({ lost, gaps, duplicates, torn, unopenable }: Damage): number {
  return lost + gaps + duplicates + torn + unopenable;
}

function said({ lost, gaps, duplicates, torn, unopenable, problems }: Damage): string {
  const counts = `${lost} lost, ${gaps} gaps, ${duplicates} duplicates, ${torn} torn appends, ${unopenable} not to be opened`;
  return [counts, ...problems.slice(0, 5)].join('\n          ');
}

function planted(by: string, defect: string, lost: number, where: string): Result {
  return { name: `planted defect, ${by}`, outcome: lost > 0 ? 'holds' : 'fails', detail: `a store that ${defect} loses ${lost} events ${where}`, counts: { lost } };
}

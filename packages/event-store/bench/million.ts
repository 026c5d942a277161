/** A million events: reading all of them, one task among them, and a projection over them. */
import { DatabaseSync } from 'node:sqlite';
import { startProjection, type EventReader } from '@holdfast/event-store';
import { openSqliteEventReader } from '@holdfast/event-store/sqlite';
import { median } from './appenders.ts';
import type { Report } from './report.ts';
import { countOf, fill, secondsOf, tally, timed, withStore } from './store.ts';

const spread = 'spread-over-all';

export async function measureMillion(report: Report, scale: number): Promise<void> {
  const total = 1_000_000 * scale;
  const events = `${total.toLocaleString('en')} events`;
  await withStore(async (store, path) => {
    // Every thousandth event is of one task, so that its events stand as far apart as they can.
    await fill(store, total, (index) => (index % 1000 === 500 ? spread : `task-${index % 10_000}`));
    await measureTask(report, store, events, 'in the process that wrote them');
    const reopened = await openSqliteEventReader({ path });
    await measureTask(report, reopened, events, 'after opening');
    await reopened.close();

    const scan = async (): Promise<void> => {
      const count = await countOf(store.read());
      if (count !== total) throw new Error(`Cannot trust the scan: it gave ${count} events`);
    };
    const rows = async (): Promise<void> => scanRows(path, total);
    for (const warmUp of [scan, rows]) await warmUp();
    const turns: { readonly ours: number; readonly raw: number }[] = [];
    for (let turn = 0; turn < 3; turn += 1) turns.push({ raw: await secondsOf(rows), ours: await secondsOf(scan) });
    const raw = Math.min(...turns.map((turn) => turn.raw));
    const ours = Math.min(...turns.map((turn) => turn.ours));
    report({ name: `scan of ${events}, decoded and frozen, hot`, value: ours, unit: 's', goal: { atMost: 2.5 } });
    report({ name: `scan of ${events}`, value: total / ours, unit: 'events/s', beside: { name: 'rows of the same table with JSON.parse alone', value: total / raw } });

    const heaps: number[] = [];
    const run = startProjection(store, tally, { onProgress: ({ done }) => {
      if (done % 100_000 === 0) heaps.push(usedMegabytes());
    } });
    const rebuild = await timed(total, async () => run.caughtUp());
    await run.stop();
    report({ name: `projection over ${events}`, value: rebuild, unit: 'events/s' });
    report({ name: 'heap after the last against the first 100,000 of them', value: (heaps.at(-1) ?? Number.NaN) - (heaps[0] ?? 0), unit: 'MB', goal: { atMost: 16 } });
  }, 'process');
}

async function measureTask(report: Report, reader: EventReader, events: string, where: string): Promise<void> {
  const reads: number[] = [];
  let length = 0;
  for (let count = 0; count < 50; count += 1) {
    reads.push(1000 * (await secondsOf(async () => {
      length = await countOf(reader.read({ taskId: spread }));
    })));
  }
  const name = `a task of ${length.toLocaleString('en')} among ${events}, ${where}`;
  // The first also compiles what it runs and fills the cache of SQLite.
  report({ name: `${name}, first read`, value: reads[0] ?? Number.NaN, unit: 'ms' });
  report({ name: `${name}, p50`, value: median(reads), unit: 'ms', goal: { atMost: 5 } });
}

/** The ceiling: what `node:sqlite` and `JSON.parse` take for the same rows, without checks, objects and freezing. */
async function scanRows(path: string, total: number): Promise<void> {
  const database = new DatabaseSync(path, { readOnly: true });
  const select = database.prepare(
    `SELECT position, stream_id, version, timestamp, type, event_id, schema_version, code_version, code_hash, causation_id, correlation_id, vector_clock, data
      FROM events WHERE position > ? AND position <= ? ORDER BY position`,
  );
  select.setReturnArrays(true);
  const page = 512;
  let count = 0;
  for (let after = 0; after < total; after += page) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows are arrays, which the types of Node do not say
    for (const row of select.all(after, after + page) as unknown as readonly string[][]) if (JSON.parse(row.at(-1) ?? '') !== null) count += 1;
  }
  database.close();
  if (count !== total) throw new Error(`Cannot trust the rows: there are ${count}`);
}

function usedMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

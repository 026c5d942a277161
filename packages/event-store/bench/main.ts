/**
 * The event store beside its peers and beside the ceiling of the machine, in one run and at equal durability.
 *
 *     npm run bench -w packages/event-store [-- append redis emmett hot rebuild million latency postgres] [--scale 1] [--json]
 */
import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { asText, holds, ratioOf, type Line } from './report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: 'string', default: '1' }, json: { type: 'boolean', default: false } },
});
const lines: Line[] = [];
const missing: string[] = [];

for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
  const run = cases[name];
  if (!run) throw new Error(`Cannot measure "${name}": there are ${Object.keys(cases).join(', ')}`);
  await run(
    (line) => {
      lines.push(line);
      if (!values.json) console.log(asText(line));
    },
    (reason) => {
      missing.push(reason);
      if (!values.json) console.log(`not measured: ${reason}`);
    },
    Number(values.scale),
  );
}

const missed = lines.filter((line) => holds(line) === false);
if (values.json) console.log(JSON.stringify({ lines: lines.map((line) => ({ ...line, ratio: ratioOf(line), holds: holds(line) })), missing }, undefined, 2));
else console.log(`\n${lines.filter((line) => holds(line) === true).length} goals hold, ${missed.length} are missed, ${missing.length} peers are missing`);

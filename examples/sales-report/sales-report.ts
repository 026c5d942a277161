/**
 * Reads a CSV file, sums it up by region and prints a table. Run it with
 *
 *     npm run holdfast -- exec examples/sales-report/sales-report.ts
 *
 * It exits with 3 when a line of the file could not be read, so that a script can tell.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

interface Sale {
  readonly date: string;
  readonly region: string;
  readonly product: string;
  readonly units: number;
  readonly price: number;
}

interface BadLine {
  readonly line: number;
  readonly reason: string;
}

type Parsed<Row> = { readonly rows: readonly Row[]; readonly bad: readonly BadLine[] };

/** Splits one line at its commas, except inside double quotes. */
function splitLine(line: string): string[] {
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (const character of line) {
    if (character === '"') {
      isQuoted = !isQuoted;
    } else if (character === ',' && !isQuoted) {
      fields.push(field);
      field = '';
    } else {
      field += character;
    }
  }
  return [...fields, field];
}

/** Reads lines under a header; what a line is worth is the caller's to say. */
function parseCsv<Row>(text: string, read: (fields: ReadonlyMap<string, string>) => Row): Parsed<Row> {
  const [header = '', ...lines] = text.trim().split(/\r?\n/u);
  const names = splitLine(header);
  const rows: Row[] = [];
  const bad: BadLine[] = [];
  for (const [index, line] of lines.entries()) {
    const values = splitLine(line);
    try {
      rows.push(read(new Map(names.map((name, column) => [name, values[column] ?? '']))));
    } catch (error) {
      bad.push({ line: index + 2, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { rows, bad };
}

function readSale(fields: ReadonlyMap<string, string>): Sale {
  const text = (name: string): string => {
    const value = fields.get(name);
    if (!value) throw new Error(`"${name}" is missing`);
    return value;
  };
  const amount = (name: string): number => {
    const value = Number(text(name));
    if (!Number.isFinite(value)) throw new Error(`"${name}" is not a number: ${text(name)}`);
    return value;
  };
  return { date: text('date'), region: text('region'), product: text('product'), units: amount('units'), price: amount('price') };
}

/** Groups items by a key and folds each group. */
function fold<Item, Key extends string, Total>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
  start: Total,
  add: (total: Total, item: Item) => Total,
): Map<Key, Total> {
  const totals = new Map<Key, Total>();
  for (const item of items) {
    const key = keyOf(item);
    totals.set(key, add(totals.get(key) ?? start, item));
  }
  return totals;
}

interface Total {
  readonly units: number;
  readonly revenue: number;
}

const file = fileURLToPath(new URL('sales.csv', import.meta.url));
const { rows: sales, bad } = parseCsv(await readFile(file, 'utf8'), readSale);
const byRegion = fold(
  sales,
  (sale) => sale.region,
  { units: 0, revenue: 0 } satisfies Total,
  (total, { units, price }) => ({ units: total.units + units, revenue: total.revenue + units * price }),
);

console.table(
  [...byRegion]
    .map(([region, { units, revenue }]) => ({ region, units, revenue: revenue.toFixed(2) }))
    .toSorted((left, right) => left.region.localeCompare(right.region)),
);
for (const { line, reason } of bad) console.error(`line ${line}: ${reason}`);
process.exitCode = bad.length === 0 ? 0 : 3;

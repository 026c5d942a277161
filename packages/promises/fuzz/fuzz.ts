/**
 * Compares the embedded machine with the in-memory server of the SDK.
 *
 *     npm run fuzz -w packages/promises -- [operations] [seed]
 */
import { compareMachines } from './compare.ts';

const [operations = 200_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
const { compared, classes, explained, unexplained } = compareMachines(operations, seed);
for (const line of unexplained.slice(0, 5)) console.log(line);
for (const [name, count] of explained) console.log(`${count} episodes ended at a known difference: ${name}`);
console.log(`${compared} operations compared, ${classes} pairs of request and status, ${unexplained.length} differences without an explanation; first seed ${seed}`);
process.exitCode = unexplained.length > 0 ? 1 : 0;

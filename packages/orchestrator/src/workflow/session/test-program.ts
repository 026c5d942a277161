/**
 * The cell that runs the tests of one file with Node's own test runner, in the worker itself, because a restricted
 * worker may start no process. The runner would wait for the end of the process; the cell instead knows the end by
 * itself: the file is evaluated, and as many tests have ended as were begun. What the runner says of the file as a
 * whole is left out, because the cell evaluates it as well and says more.
 */
export function testProgram(file: string): string {
  return `
import { run } from 'node:test';
import { pathToFileURL } from 'node:url';
const file = ${JSON.stringify(file)};
const outcome = { passed: 0, failures: [] };
let open = 0;
let isLoaded = false;
const { promise: ended, resolve: end } = Promise.withResolvers();
const look = () => { if (isLoaded && open === 0) setImmediate(() => open === 0 && end()); };
const fail = (test, error) => outcome.failures.push({ test, message: String(error?.message ?? error).slice(0, 2000) });
const tests = run({ files: [file], isolation: 'none', cwd: ${JSON.stringify(directoryOf(file))} });
tests.on('data', () => {});
tests.on('test:enqueue', () => { open += 1; });
tests.on('test:complete', () => { open -= 1; look(); });
tests.on('test:pass', ({ name, details, skip, todo }) => { if (name !== file && details?.type !== 'suite' && skip === undefined && todo === undefined) outcome.passed += 1; });
tests.on('test:fail', ({ name, details, todo }) => {
  const error = details?.error;
  if (name !== file && todo === undefined && error?.failureType !== 'subtestsFailed') fail(name, error?.cause ?? error);
});
try {
  await import(pathToFileURL(file).href);
} catch (error) {
  fail('the file', error);
}
isLoaded = true;
look();
await ended;
JSON.stringify(outcome)
`;
}

function directoryOf(file: string): string {
  return file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')));
}

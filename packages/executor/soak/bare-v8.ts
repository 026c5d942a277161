/**
 * What V8 itself keeps of cells: the text that a session would evaluate, by the inspector
 * alone. Prints the resident memory in MB, before and after, as JSON.
 */
import { Session } from 'node:inspector';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { soakCell } from './soak-cell.ts';

if (isMainThread) {
  const driver = new Worker(new URL(import.meta.url), { workerData: Number(process.argv[2]) });
  const awake = setInterval(() => undefined, 1000);
  driver.on('exit', () => clearInterval(awake));
} else {
  const session = new Session();
  session.connectToMainThread();
  const evaluate = async (expression: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      session.post('Runtime.evaluate', { expression, replMode: true, awaitPromise: true }, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  const awake = setInterval(() => undefined, 1000); // an answer of the inspector keeps no thread alive
  const before = process.memoryUsage.rss() / 2 ** 20;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- given a few lines above
  for (let index = 0; index < (workerData as number); index += 1) await evaluate(`await new Promise(setImmediate); ${soakCell(index)}\n//# sourceURL=cell-${index}.js`);
  console.log(JSON.stringify({ before, after: process.memoryUsage.rss() / 2 ** 20 }));
  clearInterval(awake);
  session.disconnect();
}

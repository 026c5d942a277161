/** Prints how long sessions of the built package take to start, as JSON. */
import { createSession } from '@holdfast/executor';

const samples: number[] = [];
for (let index = 0; index < 11; index += 1) {
  const began = performance.now();
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
  const session = await createSession();
  samples.push(performance.now() - began);
  // oxlint-disable-next-line no-await-in-loop -- as above
  await session.close();
}
console.log(JSON.stringify(samples));

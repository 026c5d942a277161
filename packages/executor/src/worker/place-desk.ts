import type { MessagePort } from 'node:worker_threads';
import type { Position } from '../analysis/line-index.ts';
import type { AskedPlace, FoundPlace } from './place-asker.ts';

/** Finds the user's place for a place of an evaluated cell; undefined for a file that is no cell. */
export type FindPosition = (file: string, position: Position) => { readonly file: string; readonly position: Position } | undefined;

/** Answers the main thread when it wants to know where a place of a cell stands in the source of the user. */
export function answerPlaces(port: MessagePort, bell: SharedArrayBuffer, find: FindPosition): void {
  const ring = new Int32Array(bell);
  port.on('message', ({ number, file, line, column }: AskedPlace) => {
    const found = find(file, { line, column });
    const answer: FoundPlace = { number, ...(found && { place: { file: found.file, ...found.position } }) };
    port.postMessage(answer);
    Atomics.add(ring, 0, 1);
    Atomics.notify(ring, 0);
  });
  port.unref(); // the channel to the host keeps this thread alive
}

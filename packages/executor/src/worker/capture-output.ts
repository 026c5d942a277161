import { Buffer, process } from './intrinsics.ts';
import { RecordKind, type RingWriter } from './output-ring.ts';

type WriteCallback = (error?: Error | null) => void;

/** Sends what this process writes by `process.stdout` and `process.stderr` to the ring, named after the cell that writes. */
export function captureOutput(ring: RingWriter, currentOrdinal: () => number): void {
  capture(process.stdout, RecordKind.stdout);
  capture(process.stderr, RecordKind.stderr);

  function capture(stream: NodeJS.WriteStream, kind: RecordKind): void {
    stream.write = (chunk: string | Uint8Array, encodingOrCallback?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean => {
      const encoding = typeof encodingOrCallback === 'string' ? encodingOrCallback : 'utf8';
      const done = typeof encodingOrCallback === 'function' ? encodingOrCallback : callback;
      ring.write(kind, currentOrdinal(), typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
      if (done) process.nextTick(done);
      return true;
    };
  }
}

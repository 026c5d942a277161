import { ArrayBuffer, Buffer, Object, process, TypeError, Uint8Array } from './intrinsics.ts';
import { RecordKind, type RingWriter } from './output-ring.ts';

type WriteCallback = (error?: Error | null) => void;

/** Sends what this process writes by `process.stdout` and `process.stderr` to the ring, named after the cell that writes. */
export function captureOutput(ring: RingWriter, currentOrdinal: () => number): void {
  capture(process.stdout, RecordKind.stdout);
  capture(process.stderr, RecordKind.stderr);
  Object.assign(console, directConsole());

  function capture(stream: NodeJS.WriteStream, kind: RecordKind): void {
    stream.write = (chunk: string | NodeJS.ArrayBufferView, encodingOrCallback?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean => {
      const encoding = typeof encodingOrCallback === 'string' ? encodingOrCallback : 'utf8';
      const done = typeof encodingOrCallback === 'function' ? encodingOrCallback : callback;
      ring.write(kind, currentOrdinal(), typeof chunk === 'string' ? Buffer.from(chunk, encoding) : bytesOf(chunk));
      if (done) process.nextTick(done);
      return true;
    };
  }
}

/** What is no text must be a view of bytes, as for the stream that this stands for. */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError(`Cannot write ${typeof chunk}: expected a string or a view of bytes`);
}

/**
 * The methods of a console that writes without telling V8's inspector, which would take a stack trace of every call and
 * keep what was logged. Its streams cannot fail, so it need not listen for errors around every write.
 */
function directConsole(): object {
  const { stdout, stderr } = process;
  return { ...new console.Console({ stdout, stderr, ignoreErrors: false }) };
}

/**
 * The end of the log that the indexes do not cover yet: a few thousand events, known by their numbers alone.
 *
 * The writer adds what it commits; a reader in another process adds what it finds. Both forget what was indexed. The
 * versions of a stream have no gaps, so those of the tail are one run that goes on where the index ends.
 */
export interface TailEntry {
  readonly position: number;
  readonly streamId: number;
  readonly version: number;
  readonly eventId: string;
}

interface StreamTail {
  firstVersion: number;
  readonly positions: number[];
}

export class Tail {
  readonly #streams = new Map<number, StreamTail>();
  readonly #positionsById = new Map<string, number>();

  add({ position, streamId, version, eventId }: TailEntry): void {
    const stream = this.#streams.get(streamId);
    if (stream) stream.positions.push(position);
    else this.#streams.set(streamId, { firstVersion: version, positions: [position] });
    this.#positionsById.set(eventId, position);
  }

  clear(): void {
    this.#streams.clear();
    this.#positionsById.clear();
  }

  /** Undefined for a stream that is not in the tail. */
  lastVersion(streamId: number): number | undefined {
    const stream = this.#streams.get(streamId);
    return stream && stream.firstVersion + stream.positions.length - 1;
  }

  /** Versions below it stand in the index. Infinity for a stream that is not in the tail. */
  firstVersion(streamId: number): number {
    return this.#streams.get(streamId)?.firstVersion ?? Number.POSITIVE_INFINITY;
  }

  positionOf(streamId: number, version: number): number | undefined {
    const stream = this.#streams.get(streamId);
    return stream?.positions[version - stream.firstVersion];
  }

  /** Of the versions after one, up to another. */
  positions(streamId: number, after: number, end: number): readonly number[] {
    const stream = this.#streams.get(streamId);
    if (!stream) return [];
    return stream.positions.slice(Math.max(0, after + 1 - stream.firstVersion), Math.max(0, end + 1 - stream.firstVersion));
  }

  findById(eventId: string): number | undefined {
    return this.#positionsById.get(eventId);
  }
}

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
  /** What `#positionsById` does not have yet. */
  readonly #added: TailEntry[] = [];
  readonly #positionsById = new Map<string, number>();

  add(entry: TailEntry): void {
    const { position, streamId, version } = entry;
    const stream = this.#streams.get(streamId);
    if (stream) stream.positions.push(position);
    else this.#streams.set(streamId, { firstVersion: version, positions: [position] });
    this.#added.push(entry);
  }

  clear(): void {
    this.#streams.clear();
    this.#added.length = 0;
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

  /** Few events are looked for by their ids, so these are sorted out when one is. */
  findById(eventId: string): number | undefined {
    for (const added of this.#added) this.#positionsById.set(added.eventId, added.position);
    this.#added.length = 0;
    return this.#positionsById.get(eventId);
  }
}

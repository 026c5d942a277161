/**
 * The end of the log that the indexes do not cover yet: a few thousand events, known by their numbers alone.
 *
 * The writer adds what it commits; a reader in another process adds what it finds. Both forget what was indexed. The
 * versions of a stream have no gaps, so those of the tail are one run that goes on where the index ends.
 */

interface StreamTail {
  readonly firstVersion: number;
  readonly positions: number[];
}

export class Tail {
  readonly #streams = new Map<number, StreamTail>();
  /** Of each event its id, and where it stands. */
  readonly #eventIds: string[] = [];
  readonly #positions: number[] = [];
  readonly #positionsById = new Map<string, number>();
  /** How many of the events `#positionsById` has. */
  #knownById = 0;

  /** The next event of the log. */
  add(position: number, streamId: number, version: number, eventId: string): void {
    const stream = this.#streams.get(streamId);
    if (stream) stream.positions.push(position);
    else this.#streams.set(streamId, { firstVersion: version, positions: [position] });
    this.#eventIds.push(eventId);
    this.#positions.push(position);
  }

  /** The streams in the order of their ids, each with its first version here and where all its events stand. */
  streams(): readonly (readonly [streamId: number, firstVersion: number, positions: readonly number[]])[] {
    return Array.from(this.#streams, ([streamId, { firstVersion, positions }]) => [streamId, firstVersion, positions] as const).toSorted(([left], [right]) => left - right);
  }

  clear(): void {
    this.#streams.clear();
    this.#eventIds.length = 0;
    this.#positions.length = 0;
    this.#positionsById.clear();
    this.#knownById = 0;
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
    for (; this.#knownById < this.#eventIds.length; this.#knownById += 1) {
      this.#positionsById.set(this.#eventIds[this.#knownById] ?? '', this.#positions[this.#knownById] ?? 0);
    }
    return this.#positionsById.get(eventId);
  }
}

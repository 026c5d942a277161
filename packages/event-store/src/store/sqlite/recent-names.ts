/** How many names are kept; a power of 2. */
const slots = 2 ** 15;

/**
 * The names of streams that were read of late. Each stream has one slot, which it shares with those whose ids differ by a
 * multiple of the number of slots: finding a name is then a matter of two array accesses, once for each event of a scan,
 * and no order of reading makes all of them miss at once.
 */
export class RecentNames {
  readonly #ids: number[] = [];
  readonly #names: string[] = [];

  find(streamId: number): string | undefined {
    const slot = streamId % slots;
    return this.#ids[slot] === streamId ? this.#names[slot] : undefined;
  }

  keep(streamId: number, name: string): string {
    const slot = streamId % slots;
    this.#ids[slot] = streamId;
    this.#names[slot] = name;
    return name;
  }
}

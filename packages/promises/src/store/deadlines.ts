/** Ids by deadline, nearest first: a sorted list, because taking one out again is as frequent as putting one in. */
export class Deadlines {
  readonly #entries: { readonly deadline: number; readonly id: string }[] = [];

  get nearest(): number | undefined {
    return this.#entries[0]?.deadline;
  }

  add(id: string, deadline: number): void {
    this.#entries.splice(this.#placeOf(id, deadline), 0, { deadline, id });
  }

  remove(id: string, deadline: number): void {
    const place = this.#placeOf(id, deadline);
    if (this.#entries[place]?.id === id) this.#entries.splice(place, 1);
  }

  /** The ids whose deadline is at or before `now`. */
  due(now: number): string[] {
    const end = this.#entries.findIndex(({ deadline }) => deadline > now);
    return this.#entries.slice(0, end === -1 ? undefined : end).map(({ id }) => id);
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** Where the entry is, or would be. */
  #placeOf(id: string, deadline: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry && (entry.deadline < deadline || (entry.deadline === deadline && entry.id < id))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

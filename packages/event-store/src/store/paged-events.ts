import type { Event } from '../event.ts';

/**
 * Gives the events of pages one by one. What is in the page at hand is given at once; an async generator would take
 * three turns of the microtask queue for each event, which over a million of them is the time of a tenth of the read.
 */
export class PagedEvents implements AsyncIterator<Event, undefined> {
  readonly #pages: AsyncGenerator<readonly Event[], undefined>;
  #page: readonly Event[] = [];
  #given = 0;
  /** Calls that wait for a page, in the order in which they were made. */
  #waiting = 0;
  #lastWaiting: Promise<unknown> = Promise.resolve();

  constructor(pages: AsyncGenerator<readonly Event[], undefined>) {
    this.#pages = pages;
  }

  async next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#waiting === 0) {
      const value = this.#take();
      if (value) return { done: false, value };
    }
    return this.#inTurn(async () => this.#takeFromPages());
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    return this.#inTurn(async () => {
      this.#page = [];
      return this.#pages.return(undefined).then(() => ({ done: true, value: undefined }));
    });
  }

  #take(): Event | undefined {
    const event = this.#page[this.#given];
    this.#given += 1;
    return event;
  }

  async #takeFromPages(): Promise<IteratorResult<Event, undefined>> {
    for (;;) {
      const value = this.#take();
      if (value) return { done: false, value };
      const page = await this.#pages.next();
      if (page.done === true) return { done: true, value: undefined };
      this.#page = page.value;
      this.#given = 0;
    }
  }

  async #inTurn<Result>(answer: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1;
    const answered = this.#lastWaiting.then(answer).finally(() => {
      this.#waiting -= 1;
    });
    this.#lastWaiting = answered.catch(() => undefined); // whoever called is told
    return answered;
  }
}

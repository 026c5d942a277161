const keptCharacters = 4096;

/** The end of what a process wrote, for whoever asks why it died. */
export class OutputTail {
  #text = '';

  get text(): string {
    return this.#text;
  }

  add(text: string): void {
    this.#text = (this.#text + text).slice(-keptCharacters);
  }
}

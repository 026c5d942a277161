/** A place in a text; both count from 1, columns in UTF-16 units as V8 counts them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineBreak = /\r\n|[\n\r\u2028\u2029]/gu;

/** Turns offsets of a text into lines and columns, and back. */
export class LineIndex {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const { index, 0: separator } of text.matchAll(lineBreak)) this.#starts.push(index + separator.length);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#start(low) + 1 };
  }

  offset({ line, column }: Position): number {
    return Math.min(this.#start(line - 1) + column - 1, this.#length);
  }

  #start(index: number): number {
    return this.#starts[index] ?? this.#length;
  }
}

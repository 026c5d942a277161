/** Small edits of a source text that can tell where each place of the edited text came from. */
export class SourceEdits {
  readonly #source: string;
  #edits: Edit[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** Edits must not overlap. At the same place insertions come first, and otherwise the one that was made first. */
  replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text });
  }

  toString(): string {
    let text = '';
    let at = 0;
    for (const edit of this.#sorted()) {
      text += this.#source.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return text + this.#source.slice(at);
  }

  /** The place in the source that an offset of the edited text stands for; inside inserted text, the place of the edit. */
  sourceOffset(editedOffset: number): number {
    let shift = 0;
    for (const { start, end, text } of this.#sorted()) {
      const editedStart = start + shift;
      if (editedOffset < editedStart) break;
      if (editedOffset < editedStart + text.length) return start;
      shift += text.length - (end - start);
    }
    return Math.min(editedOffset - shift, this.#source.length);
  }

  #sorted(): readonly Edit[] {
    this.#edits = this.#edits.toSorted((left, right) => left.start - right.start || Number(left.end > left.start) - Number(right.end > right.start));
    return this.#edits;
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

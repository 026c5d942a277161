import type { OutputStream } from '@holdfast/protocol';

/** Collects what one execution wrote, up to a limit each for stdout and stderr. */
export class OutputBuffer {
  readonly #maxCharacters: number;
  readonly #texts = { stdout: '', stderr: '' };
  #isTruncated = false;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  add(stream: OutputStream, text: string): void {
    const room = this.#maxCharacters - this.#texts[stream].length;
    if (text.length > room) this.#isTruncated = true;
    this.#texts[stream] += text.slice(0, Math.max(0, room));
  }

  get fields(): { readonly stdout: string; readonly stderr: string; readonly truncated?: true } {
    return { ...this.#texts, ...(this.#isTruncated && { truncated: true }) };
  }
}

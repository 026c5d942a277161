/** What a terminal looks like to something that reports on it. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** How far a long piece of work is, on one line that is written over. Silent where nobody watches. */
export class Progress {
  readonly #verb: string;
  readonly #output: ProgressOutput;
  #isShown = false;

  constructor(verb: string, output: ProgressOutput) {
    this.#verb = verb;
    this.#output = output;
  }

  readonly show = ({ done, total }: { readonly done: number; readonly total?: number }): void => {
    if (this.#output.isTTY !== true) return;
    const percent = total === undefined || total === 0 ? '' : ` of ${total} (${Math.floor((done / total) * 100)} %)`;
    this.#output.write(`\r\u001B[K${done}${percent} events ${this.#verb}`);
    this.#isShown = true;
  };

  /** Takes the line away. */
  end(): void {
    if (this.#isShown) this.#output.write('\r\u001B[K');
    this.#isShown = false;
  }
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const maxLines = 1000;

/** The lines typed at earlier prompts, newest first, in a file that only this user can read. */
export class PromptHistory {
  readonly #path: string;
  /** What this prompt read and wrote; what else is in the file came from another one. */
  #own: readonly string[] = [];

  constructor(path: string = join(homedir(), '.holdfast_history')) {
    this.#path = path;
  }

  read(): string[] {
    const lines = this.#stored();
    this.#own = lines;
    return [...lines];
  }

  /** Keeps the lines for the next prompt, beside those of other prompts; a home that cannot be written has no history. */
  write(lines: readonly string[]): void {
    const others = this.#stored().filter((line) => !this.#own.includes(line));
    const [newest = '', ...rest] = lines;
    this.#own = [...new Set([newest, ...others, ...rest])].slice(0, maxLines);
    const written = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(written, this.#own.join('\n'), { mode: 0o600 });
      renameSync(written, this.#path);
    } catch {
      // History is a comfort, and its loss is no reason to fail at the end of a prompt.
    }
  }

  #stored(): string[] {
    try {
      if (!existsSync(this.#path)) return [];
      return readFileSync(this.#path, 'utf8').split('\n').filter((line) => line !== '').slice(0, maxLines);
    } catch {
      return []; // what cannot be read is as if it were not there
    }
  }
}

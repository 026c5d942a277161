import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const maxLines = 1000;

/** The lines typed at earlier prompts, newest first, in a file that only this user can read. */
export class PromptHistory {
  readonly #path: string;

  constructor(path: string = join(homedir(), '.holdfast_history')) {
    this.#path = path;
  }

  read(): string[] {
    if (!existsSync(this.#path)) return [];
    return readFileSync(this.#path, 'utf8').split('\n').filter((line) => line !== '').slice(0, maxLines);
  }

  /** Keeps the lines for the next prompt; a home that cannot be written just has no history. */
  write(lines: readonly string[]): void {
    try {
      writeFileSync(this.#path, lines.slice(0, maxLines).join('\n'), { mode: 0o600 });
    } catch {
      // History is a comfort, and its loss is no reason to fail at the end of a prompt.
    }
  }
}

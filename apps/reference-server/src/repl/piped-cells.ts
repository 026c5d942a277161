import { createInterface } from 'node:readline';
import { answerQuestion, type Question } from '../client/question.ts';
import type { SessionClient } from '../client/session-client.ts';
import { endedBy } from '../exit-codes.ts';
import { isComplete } from '../terminal/is-complete.ts';
import { Cells, type Screen } from './cells.ts';
import { createCommands, type Command } from './commands.ts';

/** Runs the cells that come by a pipe, one after the other and without a prompt. */
export class PipedCells {
  readonly cells: Cells;
  readonly #commands: Readonly<Record<string, Command>>;
  /** Aborts when nobody reads the output any more. */
  readonly #leaving = new AbortController();

  constructor(session: SessionClient, fileOf: (cell: number) => string) {
    const write: Screen['write'] = (stream, text) => {
      if (!this.#leaving.signal.aborted) process[stream].write(text);
    };
    const screen: Screen = { write, writeLine: write, answer: async (question: Question, ended) => refuse(session, question, ended) };
    this.cells = new Cells(session, screen, fileOf);
    this.#commands = createCommands(session, this.cells, screen);
  }

  /** How the cells ended, as a program's exit code. */
  get exitCode(): number {
    return this.#leaving.signal.aborted ? endedBy.SIGPIPE : this.cells.exitCode;
  }

  /** Reads to the end of the input, or to `.exit`, or until nobody reads the output any more. */
  async read(): Promise<void> {
    const { signal } = this.#leaving;
    process.stdout.once('error', () => {
      this.#leaving.abort();
      this.cells.interrupt();
    });
    let pending = '';
    for await (const line of createInterface({ input: process.stdin, signal })) {
      if (signal.aborted) return;
      const command = pending === '' ? /^\.(?<name>[a-z]\w*)(?<argument>.*)$/u.exec(line.trim())?.groups : undefined;
      if (command?.['name'] === 'exit') return;
      if (command) {
        await this.#command(command['name'] ?? '', command['argument'] ?? '');
        continue;
      }
      pending += pending === '' ? line : `\n${line}`;
      if (!isComplete(pending)) continue;
      if (pending.trim() !== '') await this.cells.run(pending);
      pending = '';
    }
    if (pending.trim() !== '' && !signal.aborted) await this.cells.run(pending);
  }

  async #command(name: string, argument: string): Promise<void> {
    const command = this.#commands[name];
    if (command) return command.run(argument);
    if (name !== 'help') process.stdout.write(`There is no command .${name}.\n`);
    for (const [each, { help }] of Object.entries(this.#commands)) process.stdout.write(`.${each.padEnd(8)} ${help}\n`);
    process.stdout.write(`.${'exit'.padEnd(8)} Leave\n`);
  }
}

async function refuse(session: SessionClient, question: Question, cellEnded: Promise<void>): Promise<void> {
  const ended = new AbortController();
  void cellEnded.then(() => ended.abort());
  await answerQuestion(session, question, async () => null, ended.signal);
}

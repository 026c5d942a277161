import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { Recoverable, start, type REPLServer } from 'node:repl';
import { callbackify } from 'node:util';
import { answerQuestion, type Question } from '../client/question.ts';
import type { SessionClient } from '../client/session-client.ts';
import { isComplete } from '../terminal/is-complete.ts';
import { PromptHistory } from '../terminal/prompt-history.ts';
import { Cells, type Screen } from './cells.ts';
import { createCommands } from './commands.ts';

const goesOn = new Recoverable(new SyntaxError('The cell goes on'));
/** Has the terminal mark what is pasted, so that pasted lines are one cell and wait for Enter. */
const markPastes = '\u001B[?2004h';
const stopMarkingPastes = '\u001B[?2004l';

/**
 * The prompt at a terminal: Node's own line editor, with several lines, history, search and completion. Cells run in the
 * session, never in this process.
 */
export class TerminalPrompt {
  readonly cells: Cells;
  /** Whoever leaves has seen what failed. */
  readonly exitCode = 0;
  readonly #session: SessionClient;
  readonly #history = new PromptHistory();
  readonly #server: REPLServer;
  readonly #left = Promise.withResolvers<void>();
  /** What was entered while a cell ran, for after it. */
  readonly #waiting: (() => Promise<void>)[] = [];
  #isBusy = false;
  #isPasting = false;
  #isAsking = false;
  /** Whether what was written last ended its line. */
  #isAtLineStart = true;

  constructor(session: SessionClient, fileOf: (cell: number) => string) {
    this.#session = session;
    const screen: Screen = {
      write: (_stream, text) => this.#write(text),
      writeLine: (_stream, text) => this.#write(this.#isAtLineStart ? text : `\n${text}`),
      answer: async (question, cellEnded) => this.#answer(question, cellEnded),
    };
    this.cells = new Cells(session, screen, fileOf);
    process.stdout.write(`Holdfast, session ${session.id}. Type .help for help.\n${markPastes}`);
    this.#watchPastes();
    this.#server = start({
      prompt: '> ',
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      preview: false,
      ignoreUndefined: true,
      eval: (code, _context, _file, answer) => this.#enter(code, answer),
      completer: callbackify(async (line: string) => this.#complete(line)),
    });
    this.#remember();
    this.#addCommands(createCommands(session, this.cells, screen));
    this.#interruptCells();
    this.#server.once('exit', () => this.#left.resolve());
  }

  /** Settles when the person leaves. */
  async read(): Promise<void> {
    await this.#left.promise;
  }

  /** Gives the terminal back as it was. */
  close(): void {
    this.#server.close();
    process.stdout.write(stopMarkingPastes);
  }

  /** A whole cell runs; another one goes on in the next line. Lines entered while one runs wait for their turn. */
  #enter(code: string, answer: (error: Error | null, shown: undefined) => void): void {
    // Three line ends in a row end a cell whatever it looks like, so that nobody is caught in one.
    if (this.#isPasting || (!isComplete(code) && !code.endsWith('\n\n\n'))) return answer(goesOn, undefined);
    const run = async (): Promise<void> => (code.trim() === '' ? undefined : this.cells.run(code.slice(0, -1)));
    this.#inTurn(run, () => answer(null, undefined));
  }

  /** Does one thing after the other; when nothing is left to do, the prompt is shown again. */
  #inTurn(act: () => Promise<void>, showPrompt: () => void): void {
    const begin = async (): Promise<void> => {
      this.#isBusy = true;
      await act();
      if (!this.#isAtLineStart) this.#write('\n');
      this.#isBusy = false;
      const next = this.#waiting.shift();
      if (next) return next();
      showPrompt();
      // What was typed meanwhile is there, and goes on where it ended.
      if (this.#server.line !== '') this.#server.write(null, { ctrl: true, name: 'e' });
    };
    if (this.#isBusy) this.#waiting.push(begin);
    else void begin();
  }

  /** Writes above the line that is being edited, where one is. */
  #write(text: string): void {
    if (text === '') return;
    if (this.#isBusy && !this.#isAsking) {
      // What is typed meanwhile makes room; it is shown again with the prompt.
      if (this.#isAtLineStart && this.#server.line !== '') this.#clearLine();
      process.stdout.write(text);
      this.#isAtLineStart = text.endsWith('\n');
      return;
    }
    moveCursor(process.stdout, 0, -this.#server.getCursorPos().rows);
    this.#clearLine();
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    Object.assign(this.#server, { prevRows: 0 }); // the editor would go up to where its line was
    if (this.#isAsking) this.#server.prompt(true);
    else this.#server.displayPrompt(true);
  }

  #clearLine(): void {
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
  }

  async #complete(line: string): Promise<[string[], string]> {
    if (this.#isBusy) return [[], line];
    const { start: begins, candidates } = await this.#session.complete(line);
    return [[...candidates], line.slice(begins)];
  }

  /** Answers a question of a cell with the next line; the end of the input is no answer. */
  async #answer(question: Question, cellEnded: Promise<void>): Promise<void> {
    const ended = new AbortController();
    void cellEnded.then(() => ended.abort());
    this.#isAsking = true;
    try {
      await answerQuestion(this.#session, question, async (signal) => this.#ask(question, signal), ended.signal);
    } finally {
      this.#isAsking = false;
      this.#isAtLineStart = true;
    }
  }

  async #ask({ prompt, secret }: Question, signal: AbortSignal): Promise<string | null> {
    // Concealed, the terminal takes what is typed and does not show it.
    const [before, after] = secret ? ['\u001B[8m', '\u001B[28m'] : ['', ''];
    return new Promise((resolve) => {
      this.#server.once('close', () => resolve(null));
      signal.addEventListener('abort', () => process.stdout.write(after), { once: true });
      this.#server.question(`${prompt} ${before}`, { signal }, (line) => {
        process.stdout.write(after);
        resolve(line);
      });
    });
  }

  #watchPastes(): void {
    process.stdin.on('keypress', (_text: string | undefined, key: { readonly name?: string } | undefined) => {
      if (key?.name === 'paste-start') this.#isPasting = true;
      if (key?.name === 'paste-end') this.#isPasting = false;
    });
  }

  /** Keeps lines for the next prompt, but no answers to questions, which may be secrets. */
  #remember(): void {
    Object.assign(this.#server, { history: this.#history.read() });
    this.#server.on('history', (lines: string[]) => {
      if (this.#isAsking) lines.shift();
      else this.#history.write(lines);
    });
  }

  /** Node's own commands work on a namespace of this process, which nobody sees. */
  #addCommands(commands: ReturnType<typeof createCommands>): void {
    for (const name of ['clear', 'load', 'save']) Reflect.deleteProperty(this.#server.commands, name);
    for (const [name, { help, run }] of Object.entries(commands)) {
      this.#server.defineCommand(name, { help, action: (argument) => this.#inTurn(async () => run(argument), () => this.#server.displayPrompt()) });
    }
  }

  /** Ctrl-C stops the running cell and forgets what was entered for after it; at the prompt it is the editor's. */
  #interruptCells(): void {
    const atPrompt = this.#server.listeners('SIGINT');
    this.#server.removeAllListeners('SIGINT').on('SIGINT', () => {
      if (!this.cells.isRunning) {
        for (const listener of atPrompt) Reflect.apply(listener, this.#server, []);
        return;
      }
      this.#waiting.length = 0;
      this.cells.interrupt();
    });
  }
}

import { randomUUID } from 'node:crypto';
import { createInterface, type Interface } from 'node:readline';
import { callbackify, styleText } from 'node:util';
import type { ExecutionResult } from '@holdfast/orchestrator';
import { findHost } from '../client/host.ts';
import { SessionClient } from '../client/session-client.ts';
import { followSession, type SessionMessage } from '../client/session-stream.ts';
import { answerQuestion, questionOf, type Question } from '../client/question.ts';
import { renderThrown } from '../terminal/code-frame.ts';
import { isComplete } from '../terminal/is-complete.ts';
import { PromptHistory } from '../terminal/prompt-history.ts';
import { reportError } from '../terminal/report-error.ts';

export interface ReplFlags {
  readonly session?: string;
  readonly data?: string;
}

const keywords = ['await', 'async', 'class', 'const', 'export', 'for', 'function', 'import', 'let', 'new', 'return', 'throw', 'try', 'typeof', 'while'];

const help = `.names   the variables of the session
.help    this list
.exit    leave, as Ctrl-D does
Ctrl-C stops the running cell and keeps its variables; at an empty prompt, twice leaves.
_ is the last result. A line that is not whole goes on in the next one.
`;

/**
 * `holdfast repl`: a prompt on a session of the running server, or on one of its own. Lines that come by a pipe are run
 * one after the other without a prompt.
 */
export async function repl(flags: ReplFlags): Promise<number> {
  await using host = await findHost({ data: flags.data, session: flags.session });
  const session = flags.session === undefined ? await SessionClient.create(host.client) : new SessionClient(host.client, flags.session);
  const following = new AbortController();
  const prompt = new Prompt(session);
  const printing = prompt.print(followSession(host.client, session.id, following.signal));
  try {
    await Promise.race([prompt.read(), printing]);
  } finally {
    following.abort();
    await printing.catch(() => undefined); // what ended it was told where it was raced
    if (flags.session === undefined) await session.close().catch(() => undefined); // the server is gone, and the session with it
  }
  return 0;
}

class Prompt {
  readonly #session: SessionClient;
  readonly #history = new PromptHistory();
  readonly #lines: Interface;
  /** What was started here; output of other clients' cells is theirs to see. */
  readonly #mine = new Map<string, PromiseWithResolvers<void>>();
  readonly #isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  #running: string | undefined;
  #wantsToLeave = false;

  constructor(session: SessionClient) {
    this.#session = session;
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.#isTerminal,
      history: this.#history.read(),
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: callbackify(async (line: string) => this.#complete(line)),
    });
    this.#lines.on('history', (lines) => this.#history.write(lines));
    this.#lines.on('SIGINT', () => this.#interrupt());
  }

  /** Reads cells until the input ends. */
  async read(): Promise<void> {
    if (this.#isTerminal) process.stdout.write(`Holdfast, session ${this.#session.id}. Type .help for help.\n`);
    let pending = '';
    this.#ask('> ');
    for await (const line of this.#lines) {
      this.#wantsToLeave = false;
      if (pending === '' && line.startsWith('.')) {
        if (line.trim() === '.exit') break;
        await this.#command(line.trim());
      } else {
        pending += pending === '' ? line : `\n${line}`;
        // A blank line ends a cell whatever it looks like, so that nobody is caught in one.
        if (line !== '' && !isComplete(pending)) {
          this.#ask('… ');
          continue;
        }
        if (pending.trim() !== '') await this.#run(pending);
        pending = '';
      }
      this.#ask('> ');
    }
    if (pending.trim() !== '') await this.#run(pending);
    this.#lines.close();
  }

  /** Prints what the cells of this prompt write, also after their end. */
  async print(messages: AsyncIterable<SessionMessage>): Promise<void> {
    for await (const { type, data } of messages) {
      const ended = typeof data['executionId'] === 'string' ? this.#mine.get(data['executionId']) : undefined;
      if (!ended) continue;
      if (type === 'INPUT_REQUESTED') this.#answer(questionOf(data), ended.promise).catch(reportError);
      if (type === 'EXECUTION_OUTPUT') (data['stream'] === 'stderr' ? process.stderr : process.stdout).write(String(data['text']));
      if (type === 'EXECUTION_ENDED') ended.resolve();
    }
  }

  async #run(code: string): Promise<void> {
    const executionId = randomUUID();
    const printed = Promise.withResolvers<void>();
    this.#mine.set(executionId, printed);
    this.#running = executionId;
    try {
      const result = await this.#session.run({ executionId, code });
      await printed.promise;
      this.#show(result, code);
    } catch (error) {
      reportError(error);
    } finally {
      this.#running = undefined;
    }
  }

  /** Answers a question of a cell with the next line; the end of the input is no answer. */
  async #answer(question: Question, cellEnded: Promise<void>): Promise<void> {
    const ended = new AbortController();
    void cellEnded.then(() => ended.abort());
    await answerQuestion(
      this.#session,
      question,
      async (signal) =>
        new Promise((resolve) => {
          // Concealed, the terminal takes what is typed and does not show it.
          const [before, after] = question.secret ? ['\u001B[8m', '\u001B[28m'] : ['', ''];
          this.#lines.once('close', () => resolve(null));
          this.#lines.question(`${question.prompt} ${before}`, { signal }, (line) => {
            process.stdout.write(after);
            resolve(line);
          });
        }),
      ended.signal,
    );
  }

  #show({ error, cancelled, repr, exitCode }: ExecutionResult, code: string): void {
    if (error) process.stderr.write(this.#style('red', renderThrown(error, code)));
    else if (cancelled) process.stderr.write(`Stopped by ${cancelled.by}; the variables are ${cancelled.namespaceKept ? 'kept' : 'lost'}\n`);
    else if (exitCode !== undefined && repr === '') process.stderr.write(`The cell exited with ${exitCode}\n`);
    else if (repr !== '') process.stdout.write(`${repr}\n`);
  }

  async #command(name: string): Promise<void> {
    if (name === '.names') {
      const names = await this.#session.listNames();
      if (names.length === 0) process.stdout.write('No variables yet.\n');
      for (const each of names) process.stdout.write(`${each.name}: ${each.type} = ${each.preview}\n`);
    } else {
      if (name !== '.help') process.stdout.write(`There is no command ${name}.\n`);
      process.stdout.write(help);
    }
  }

  #interrupt(): void {
    if (this.#running !== undefined) {
      this.#session.cancel(this.#running).catch(reportError);
    } else if (this.#lines.line === '' && this.#wantsToLeave) {
      this.#lines.close();
    } else {
      this.#wantsToLeave = this.#lines.line === '';
      this.#lines.write(null, { ctrl: true, name: 'u' });
      process.stdout.write(this.#wantsToLeave ? '\n(Press Ctrl-C again, or Ctrl-D, to leave)\n' : '\n');
      this.#ask('> ');
    }
  }

  /** Completes the last word from the live namespace. */
  async #complete(line: string): Promise<[string[], string]> {
    const word = /[\w$]*$/u.exec(line)?.[0] ?? '';
    const names = this.#running === undefined ? await this.#session.listNames().catch(() => []) : [];
    const candidates = [...names.map(({ name }) => name), ...keywords, 'console', 'process', 'require', 'Object', 'Array', 'Promise', 'JSON', 'Math'];
    return [candidates.filter((candidate) => candidate.startsWith(word)).toSorted(), word];
  }

  #ask(mark: string): void {
    if (!this.#isTerminal) return;
    this.#lines.setPrompt(mark);
    this.#lines.prompt();
  }

  #style(colour: 'red', text: string): string {
    return this.#isTerminal ? styleText(colour, text, { stream: process.stderr }) : text;
  }
}

import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from '@holdfast/orchestrator';
import { questionOf, type Question } from '../client/question.ts';
import type { SessionClient } from '../client/session-client.ts';
import type { SessionMessage } from '../client/session-stream.ts';
import { exitCodeOfResult } from '../exit-codes.ts';
import { renderThrown } from '../terminal/code-frame.ts';
import { colourValue } from '../terminal/colour-value.ts';
import { exitCodeOf, reportError } from '../terminal/report-error.ts';

/** Where a prompt shows things. */
export interface Screen {
  /** Writes text, wherever the cursor is. */
  write(stream: 'stdout' | 'stderr', text: string): void;
  /** Writes text that starts a line of its own. */
  writeLine(stream: 'stdout' | 'stderr', text: string): void;
  /** Answers a question of a cell. */
  answer(question: Question, cellEnded: Promise<void>): Promise<void>;
}

/** The cells that were started at one prompt: runs them, and shows what they write and what becomes of them. */
export class Cells {
  readonly #session: SessionClient;
  readonly #screen: Screen;
  readonly #fileOf: (cell: number) => string;
  /** What was started here, until its end was printed; output of other clients' cells is theirs to see. */
  readonly #mine = new Map<string, PromiseWithResolvers<void>>();
  readonly #sources = new Map<string, string>();
  #count = 0;
  #running: string | undefined;
  #exitCode = 0;

  constructor(session: SessionClient, screen: Screen, fileOf: (cell: number) => string) {
    this.#session = session;
    this.#screen = screen;
    this.#fileOf = fileOf;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The exit code of the first cell that failed; 0 as long as none has. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** The sources of all cells so far, in their order. */
  get sources(): readonly string[] {
    return [...this.#sources.values()];
  }

  /** Runs a cell to its end and shows what it came to. Never rejects. @param filename what its frames are called */
  async run(code: string, filename: string = this.#fileOf(++this.#count)): Promise<void> {
    const executionId = randomUUID();
    const printed = Promise.withResolvers<void>();
    this.#mine.set(executionId, printed);
    this.#sources.set(filename, code);
    this.#running = executionId;
    try {
      const result = await this.#session.run({ executionId, code, filename });
      await printed.promise;
      this.#show(result);
      this.#exitCode ||= exitCodeOfResult(result);
    } catch (error) {
      printed.resolve();
      reportError(error);
      this.#exitCode ||= exitCodeOf(error);
    } finally {
      this.#running = undefined;
    }
  }

  /** Stops the running cell, which keeps its variables. */
  interrupt(): void {
    if (this.#running !== undefined) this.#session.cancel(this.#running).catch(reportError);
  }

  /** Shows what the cells write, also after their end, for as long as there are messages. */
  async follow(messages: AsyncIterable<SessionMessage>): Promise<void> {
    for await (const { type, data } of messages) {
      const ended = typeof data['executionId'] === 'string' ? this.#mine.get(data['executionId']) : undefined;
      if (!ended) continue;
      if (type === 'INPUT_REQUESTED') this.#screen.answer(questionOf(data), ended.promise).catch(reportError);
      if (type === 'EXECUTION_OUTPUT') this.#screen.write(data['stream'] === 'stderr' ? 'stderr' : 'stdout', String(data['text']));
      if (type === 'EXECUTION_ENDED') ended.resolve();
    }
  }

  #show({ error, cancelled, repr, exitCode }: ExecutionResult): void {
    if (error) this.#screen.writeLine('stderr', renderThrown(error, (file) => this.#sources.get(file)));
    else if (cancelled) this.#screen.writeLine('stderr', `Stopped by ${cancelled.by}; the variables are ${cancelled.namespaceKept ? 'kept' : 'lost'}\n`);
    else if (exitCode !== undefined && repr === '') this.#screen.writeLine('stderr', `The cell exited with ${exitCode}\n`);
    else if (repr !== '') this.#screen.writeLine('stdout', `${colourValue(repr)}\n`);
  }
}

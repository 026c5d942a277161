import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

export interface ReadAnswerOptions {
  readonly signal: AbortSignal;
  /** Called for Ctrl-C, which the terminal hands over as a key while a line is read. */
  readonly onInterrupt: () => void;
}

/** Asks at the terminal and reads one line, unseen where it is a secret; null at the end of the input. */
export async function readAnswer({ prompt, secret }: { readonly prompt: string; readonly secret: boolean }, { signal, onInterrupt }: ReadAnswerOptions): Promise<string | null> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: secret ? unseen : process.stderr, terminal: true });
  if (secret) process.stderr.write(`${prompt} `);
  lines.setPrompt(`${prompt} `);
  lines.prompt();
  const stop = (): void => lines.close();
  signal.addEventListener('abort', stop, { once: true });
  lines.on('SIGINT', onInterrupt);
  try {
    return await new Promise<string | null>((resolve) => {
      lines.once('close', () => resolve(null));
      lines.once('line', resolve);
    });
  } finally {
    signal.removeEventListener('abort', stop);
    lines.close();
    if (secret) process.stderr.write('\n');
  }
}

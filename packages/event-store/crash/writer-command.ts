import { fileURLToPath } from 'node:url';

/** What `crash/writer.ts` takes. */
export interface WriterOptions {
  readonly durability?: 'power' | 'process';
  readonly acknowledge?: 'after' | 'early';
  readonly appenders?: number;
  readonly appends?: number;
  readonly openings?: number;
  readonly bytes?: number;
}

/** The command that starts a writer in a process of its own. */
export function writerCommand(path: string, options: WriterOptions): readonly [string, ...string[]] {
  const script = fileURLToPath(new URL('writer.ts', import.meta.url));
  const flags = Object.entries({ path, ...options }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return [process.execPath, '--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', script, ...flags];
}

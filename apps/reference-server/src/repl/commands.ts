import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SessionClient } from '../client/session-client.ts';
import { colourValue } from '../terminal/colour-value.ts';
import { reportError } from '../terminal/report-error.ts';
import type { Cells, Screen } from './cells.ts';

/** What a line that begins with a point does at a prompt. */
export interface Command {
  readonly help: string;
  /** Never rejects. */
  readonly run: (argument: string) => Promise<void>;
}

/** The commands of a prompt beside those that leave it and tell of the others. */
export function createCommands(session: SessionClient, cells: Cells, screen: Screen): Readonly<Record<string, Command>> {
  return {
    names: {
      help: 'The variables of the session',
      run: safely(async () => {
        const names = await session.listNames();
        if (names.length === 0) screen.writeLine('stdout', 'No variables yet.\n');
        for (const { name, type, preview } of names) screen.writeLine('stdout', `${name}: ${type} = ${colourValue(preview)}\n`);
      }),
    },
    load: {
      help: 'Run a file as one cell: .load FILE',
      run: safely(async (file) => cells.run(readFileSync(file, 'utf8'), resolve(file))),
    },
    save: {
      help: 'Write the cells of this prompt to a file: .save FILE',
      run: safely(async (file) => {
        writeFileSync(file, cells.sources.map((source) => `${source.trimEnd()}\n`).join('\n'));
        screen.writeLine('stdout', `Saved ${cells.sources.length} cells to ${file}\n`);
      }),
    },
  };

  function safely(act: (argument: string) => Promise<void>): Command['run'] {
    return async (argument) => {
      try {
        await act(argument.trim());
      } catch (error) {
        if (error instanceof Error && 'path' in error) screen.writeLine('stderr', `holdfast: ${error.message}\n`);
        else if (error instanceof Error && 'code' in error && error.code === 'ENOENT') screen.writeLine('stderr', 'holdfast: Name a file\n');
        else reportError(error);
      }
    };
  }
}

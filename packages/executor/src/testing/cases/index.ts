import { declarations } from './declarations.ts';
import { failures } from './failures.ts';
import { files, imports } from './imports.ts';
import type { ReplCase } from './repl-case.ts';
import { texts } from './texts.ts';
import { values } from './values.ts';

/** What a person at a prompt expects of cells, as data: any engine, any wire and any client can be held against it. */
export const replCases: readonly ReplCase[] = [...values, ...declarations, ...imports, ...failures, ...texts];

/** Files that the cases find in the directory of their session, which has to be called `files`. */
export const replCaseFiles: Readonly<Record<string, string>> = files;
